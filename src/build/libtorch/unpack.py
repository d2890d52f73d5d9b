"""Unpacks the members of a wheel whose names match a regular expression: unpack.py WHEEL PATTERN FOLDER"""
import os
import re
import stat
import sys
import zipfile

wheel, pattern, folder = sys.argv[1:]
matches = re.compile(pattern).search
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if not matches(member.filename) or member.is_dir():
            continue
        path = archive.extract(member, folder)  # refuses names that lead out of the folder
        mode = member.external_attr >> 16
        if mode & stat.S_IXUSR:
            os.chmod(path, 0o755)
