#!/bin/sh
# Makes repo/, a git repository with the branches main (code/) and my-branch (with my-branch.diff on top).
# A repository can't be part of another one; names and dates are fixed, so that everybody gets the same commits.
set -eu
cd "$(dirname "$0")"
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_AUTHOR_NAME=me GIT_AUTHOR_EMAIL=me@example.org GIT_AUTHOR_DATE="2026-01-01T00:00:00+0000"
export GIT_COMMITTER_NAME=me GIT_COMMITTER_EMAIL=me@example.org GIT_COMMITTER_DATE="2026-01-01T00:00:00+0000"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
rm -rf repo
git init -q -b main repo
cp code/*.py repo
cd repo
chmod 644 ./*.py
git add .
git commit -q -m "Gradient descent"
git switch -q -c my-branch
git apply ../my-branch.diff
git commit -q -a -m "Momentum"
git switch -q main
