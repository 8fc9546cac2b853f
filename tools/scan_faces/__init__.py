"""ScanFaces: people made from a public morphable face model, with exactly known Action Units.

The geometry comes from the ICT Face Model Light (MIT licence; Li et al., "Learning Formation of
Physically-Based Face Attributes", CVPR 2020). Skin, wrinkles, eyes, hair, light and camera are this tool's own.
"""
