#!/usr/bin/env bash
# The steps of action.yml: `install`, `check`, `result`. Inputs come as variables, so that nothing in them is run.
set -uo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${RUNNER_TEMP:?}/xpcheck-venv

case "${1:-}" in
install)
    # An environment of its own: the packages that are followed are only read there, whatever the project has installed.
    read -ra dependencies <<<"${XPCHECK_DEPENDENCIES:-}"
    python -m venv "$venv" || exit
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c "$home/constraints.txt" "$home" || exit
    if [ ${#dependencies[@]} -gt 0 ]; then
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "${dependencies[@]}" || exit
    fi
    ;;

check)
    read -ra paths <<<"${XPCHECK_PATHS:-}"
    read -ra options <<<"${XPCHECK_OPTIONS:-}"
    sarif=$RUNNER_TEMP/xpcheck.sarif
    call=("$venv/bin/xpcheck" check "${paths[@]}" "${options[@]}")
    # One analysis: the later calls take its result from the cache.
    "${call[@]}" --format sarif >"$sarif"
    code=$?
    "${call[@]}" --quiet --format github 2>/dev/null
    "${call[@]}" --quiet --format json 2>/dev/null | "$venv/bin/python" "$home/scripts/job_summary.py" \
        >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
    if "$venv/bin/python" -m json.tool "$sarif" >/dev/null 2>&1; then
        echo "sarif-file=$sarif" >>"$GITHUB_OUTPUT"
    fi
    echo "exit-code=$code" >>"$GITHUB_OUTPUT"
    ;;

result)
    exit "${XPCHECK_EXIT_CODE:-2}"
    ;;

*)
    echo "usage: action.sh install|check|result" >&2
    exit 2
    ;;
esac
