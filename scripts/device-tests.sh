#!/usr/bin/env bash
# Runs the engine's tests against another libtorch (2.x too), on the CPU and on a GPU where there is one.
#   scripts/device-tests.sh [FILTER]            on one machine with the .NET SDK and that libtorch
#   scripts/device-tests.sh pack FILE           publishes the tests, with their own .NET, into FILE (.tar.gz, about 35 MB)
#   scripts/device-tests.sh run FILE [FILTER]   on a machine without .NET: builds native/ against its libtorch, runs what is in FILE
# The libtorch is RETORT_LIBTORCH (an unpacked LibTorch), or the one inside the PyTorch of `python3`. CMake and g++ have to be there.
# FILTER is a part of a test's name. The last line is `N passed, N failed, N skipped`; the exit status is 0 only when none failed.
set -euo pipefail
unset CDPATH
root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

find_libtorch() {
  local folder=${RETORT_LIBTORCH:-}
  if [[ -z $folder ]]; then
    folder=$(python3 -c 'import os, torch; print(os.path.dirname(os.path.dirname(torch.utils.cmake_prefix_path)))') || {
      echo "device-tests: set RETORT_LIBTORCH to an unpacked LibTorch; python3 has no PyTorch to take it from" >&2
      exit 1
    }
  fi
  [[ -e $folder/lib/libc10.so ]] || {
    echo "device-tests: '$folder' holds no lib/libc10.so, so it is no LibTorch" >&2
    exit 1
  }
  RETORT_LIBTORCH=$(cd -P -- "$folder" && pwd)
  export RETORT_LIBTORCH
}

# build_native SOURCES FOLDER: builds libretort.so into FOLDER.
build_native() {
  echo "device-tests: building the native library against $RETORT_LIBTORCH" >&2
  cmake -S "$1" -B "$2/build" -DCMAKE_BUILD_TYPE=Release "-DRETORT_LIBTORCH=$RETORT_LIBTORCH" >"$2/log" 2>&1 &&
    cmake --build "$2/build" --parallel >>"$2/log" 2>&1 || {
    grep -E 'error|Error' "$2/log" | head -40 >&2 || true
    echo "device-tests: the native library does not build; the whole output is in $2/log" >&2
    exit 1
  }
  export RETORT_NATIVE=$2/build/libretort.so OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
}

# publish FOLDER OPTION...: from a copy, because restoring for a runtime writes it into every lock file.
publish() {
  local folder=$1 copy=$scratch/checkout
  shift
  source "$root/scripts/setup.sh"
  require_linux
  require_sdk
  mkdir -p "$copy/src" "$copy/tests"
  cp -r "$root"/Directory.*.props "$root/.editorconfig" "$copy"
  cp -r "$root/src/Retort.Torch" "$copy/src"
  cp -r "$root/tests/Retort.Tests" "$root/tests/Retort.DeviceTests" "$copy/tests"
  dotnet publish "$copy/tests/Retort.DeviceTests" -c Release -v quiet --nologo -o "$folder" "$@" >&2
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case ${1:-} in
  pack)
    [[ -n ${2:-} ]] || { echo "device-tests: pack needs the name of a file to write" >&2; exit 2; }
    publish "$scratch/tests" -r linux-x64 --self-contained
    cp -r "$root/native" "$scratch/native"
    tar -C "$scratch" -czf "$2.partial" tests native
    mv -f "$2.partial" "$2"
    ls -lh "$2" >&2
    ;;
  run)
    [[ -e ${2:-} ]] || { echo "device-tests: run needs the file that pack wrote, not '${2:-}'" >&2; exit 2; }
    find_libtorch
    tar -C "$scratch" -xzf "$2"
    build_native "$scratch/native" "$scratch"
    "$scratch/tests/Retort.DeviceTests" "${@:3}"
    ;;
  *)
    find_libtorch
    build_native "$root/native" "$scratch"
    publish "$scratch/tests"
    "$scratch/tests/Retort.DeviceTests" "$@"
    ;;
esac
