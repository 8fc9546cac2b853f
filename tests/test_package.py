"""What `import lfes_core` gives, and what it does not cost."""

import subprocess
import sys


def test_the_package_offers_the_synthesizer_by_name() -> None:
    import lfes_core
    from lfes_core.synthesis import Synthesizer

    assert lfes_core.Synthesizer is Synthesizer


def test_sentences_are_read_without_loading_pytorch() -> None:
    code = "import sys, lfes_core; lfes_core.parse('A woman with parted lips.'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_core_imports_no_notebook_or_plotting_library() -> None:
    code = (
        "import sys, lfes_core.synthesis, lfes_core.training; "
        "found = {'matplotlib', 'IPython', 'ipywidgets', 'seaborn'} & set(sys.modules); "
        "sys.exit(' '.join(found) if found else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_first_picture_does_not_wait_for_the_compiler_of_pytorch():
    code = (
        "import sys; from PIL import Image; from lfes_core import Synthesizer; "
        "Synthesizer.load()(Image.new('RGB', (256, 256)), 'A woman with parted lips.'); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
