#!/usr/bin/env bash
# The program in valgrind, as `./dev memcheck` has set it up: without the allocator that valgrind cannot look into.
exec valgrind "${REKINDLE_MEMCHECK:?}/rekindle" "$@"
