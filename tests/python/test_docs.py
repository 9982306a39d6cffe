# SPDX-License-Identifier: MulanPSL-2.0
"""The examples of docs/python.md, of the README and of the docstrings give what they show."""
import doctest
import glob
import importlib
import os
import re

import pytest

import l2tlbsim

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def python_blocks(path):
    """The blocks ```python of a page."""
    with open(path, encoding="utf-8") as f:
        return re.findall(r"^```python\n(.*?)^```$", f.read(), re.M | re.S)


def examine(text, name, globs):
    test = doctest.DocTestParser().get_doctest(text, globs, name, name, 0)
    assert test.examples
    runner, said = doctest.DocTestRunner(optionflags=FLAGS), []
    runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


def test_page(root, monkeypatch):
    monkeypatch.chdir(root)
    examine("\n".join(python_blocks("docs/python.md")), "docs/python.md", {})


@pytest.mark.parametrize("page", ["README.md", "python/README.md"])
def test_readme(root, monkeypatch, page, capsys):
    monkeypatch.chdir(root)
    blocks = python_blocks(page)
    assert len(blocks) == 1
    exec(compile(blocks[0], page, "exec"), {})  # pylint: disable=exec-used
    assert "two-stage" in capsys.readouterr().out


def test_docstrings(root, monkeypatch, tmp_path, capture):
    """Examples of the classes; "run.json" is there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.json").write_text(l2tlbsim.replay(capture, roi_to=1000).text("json"))
    seen = 0
    for path in sorted(glob.glob(os.path.join(os.path.dirname(l2tlbsim.__file__), "*.py"))):
        name = os.path.splitext(os.path.basename(path))[0]
        module = importlib.import_module("l2tlbsim" if name == "__init__" else "l2tlbsim." + name)
        for test in doctest.DocTestFinder(exclude_empty=True).find(module):
            if test.examples and test.globs.get("__name__") == module.__name__:
                runner, said = doctest.DocTestRunner(optionflags=FLAGS), []
                test.globs.update(vars(l2tlbsim))
                runner.run(test, out=said.append)
                assert not runner.failures, "".join(said)
                seen += 1
    assert seen >= 4


def test_everything_is_described():
    """Every public name has a docstring."""
    for name in l2tlbsim.__all__:
        thing = getattr(l2tlbsim, name)
        if callable(thing):
            assert thing.__doc__, name
            for member, value in vars(thing).items() if isinstance(thing, type) else ():
                if callable(value) and not member.startswith("_"):
                    assert value.__doc__, f"{name}.{member}"
