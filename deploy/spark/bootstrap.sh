#!/bin/sh
# Bootstrap action of Amazon EMR 7 or newer: on every node an environment of Python with the program and what it needs.
# The one argument is its wheel on S3: s3://BUCKET/backlink_crawler-VERSION-py3-none-any.whl
set -eu

wheel=$1
name=${wheel##*/}
aws s3 cp "$wheel" "/tmp/$name"
sudo dnf install --assumeyes python3.11 python3.11-pip
sudo python3.11 -m venv /opt/backlinks
sudo /opt/backlinks/bin/pip install --no-cache-dir "/tmp/$name[mine,s3]"
