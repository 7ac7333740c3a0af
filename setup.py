"""For scrapyd-deploy, whose egg is made by `setup.py bdist_egg`; everything is said in pyproject.toml."""

from setuptools import setup

setup()
