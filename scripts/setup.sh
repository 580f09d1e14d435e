# Sourced by ./retort, ./test and .ci/run: finds or builds what they need. Everything it says goes to standard error.
#   setup            makes sure of packages, the native library and the command line; cheap when nothing changed
#   RETORT_LIBTORCH  folder of an unpacked LibTorch to build against, in place of the system's libtorch-dev
#   RETORT_SKIP_SETUP=1  checks and builds nothing
# The caller has set `root` to the repository's folder, and `analyze=yes` where warnings are to be errors.

artifacts=$root/artifacts
key=default
if [[ -n ${RETORT_LIBTORCH:-} ]]; then
  key=$(cd -- "$RETORT_LIBTORCH" 2>/dev/null && pwd -P | sha256sum) || {
    echo "retort: RETORT_LIBTORCH is '$RETORT_LIBTORCH', which is no folder; it must be an unpacked LibTorch" >&2
    exit 1
  }
  key=${key:0:12}
fi
native=$artifacts/native/$key
cli=$artifacts/cli
log=$artifacts/setup.log
export RETORT_NATIVE=${RETORT_NATIVE:-$native/libretort.so}

say() { echo "retort: $*" >&2; }

die() {
  say "$1"
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

# A folder's time changes when a file in it comes or goes, so this sees deletions too.
changed_since() {
  local stamp=$1
  shift
  [[ ! -e $stamp || -n $(find "$@" -newer "$stamp" -print -quit 2>&1) ]]
}

native_stale() { changed_since "$native/stamp" "$root/native" || [[ ! -e $native/libretort.so ]]; }
cli_stale() {
  changed_since "$cli.stamp" "$root/src" "$root/Directory.Build.props" "$root/Directory.Packages.props" ||
    [[ ! -x $cli/Retort.Cli ]]
}

setup() {
  if [[ ${RETORT_SKIP_SETUP:-} == 1 ]]; then
    [[ -x $cli/Retort.Cli ]] || die "RETORT_SKIP_SETUP is 1 and nothing is built yet" "Unset it and run the command again."
  elif native_stale || cli_stale; then
    set_up
  fi
  # By itself the program looks for its runtime only where the system's packages put it.
  local folder
  if [[ -r $artifacts/dotnet-root ]] && read -r folder <"$artifacts/dotnet-root" && [[ -x $folder/dotnet ]]; then
    export DOTNET_ROOT=$folder
  fi
}

# Finds the folder of a .NET 10 SDK. Its place is kept in a file, so that a later call need not look.
find_dotnet() {
  local folder
  for folder in "${DOTNET_ROOT:-}" "$(dirname -- "$(readlink -f -- "$(command -v dotnet || true)" || true)")" "$HOME/.dotnet" \
    /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
    if [[ -x $folder/dotnet && -n $(compgen -G "$folder/sdk/[1-9][0-9].*") ]]; then
      export DOTNET_ROOT=$folder
      return
    fi
  done
  return 1
}

set_up() (
  require_linux
  require_sdk
  mkdir -p "$native"
  echo "$DOTNET_ROOT" >"$artifacts/dotnet-root"
  exec 9>"$artifacts/.lock"
  if ! flock -n 9; then
    say "waiting for another set-up of this checkout to end"
    flock 9
  fi
  : >"$log"
  if native_stale; then
    install_packages
    build_native
  fi
  if cli_stale; then
    build_cli
  fi
)

require_linux() {
  local here='docker run --rm -it -v "$PWD:/retort" -w /retort debian:12 bash, then install the .NET 10 SDK in it'
  case $OSTYPE in
    linux*) ;;
    darwin*) die "macOS is not supported yet: the native library is built against Linux's libtorch" "Use a container: $here" ;;
    msys* | cygwin* | win32*) die "run this inside WSL: Windows itself is not supported yet" \
      "wsl --install -d Debian, then clone the repository in it (not under /mnt/c: builds there are slow)" ;;
    *) die "this system ($OSTYPE) is not supported; Debian 12, Ubuntu and other Linux systems are" ;;
  esac
  case $(uname -m) in
    x86_64) rid=linux-x64 ;;
    aarch64) rid=linux-arm64 ;;
    *) die "this processor ($(uname -m)) is not supported; x86_64 and aarch64 are" ;;
  esac
}

require_sdk() {
  find_dotnet || die "the .NET 10 SDK is needed; found: $(dotnet --list-sdks 2>/dev/null | grep . || echo none)" \
    "Ubuntu 24.04 and later: sudo apt-get install -y dotnet-sdk-10.0" \
    "Anywhere, without root: curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0   (goes to ~/.dotnet)" \
    "Other ways: https://dotnet.microsoft.com/download/dotnet/10.0" \
    "Then run the same command again."
  PATH=$DOTNET_ROOT:$PATH
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
  # Build servers would outlive the command and keep its terminal or pipe open.
  export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
  # Without ICU the SDK refuses to start unless told that it needs none.
  has_library 'libicuuc\.so' || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
}

has_library() { grep -qE "$1" < <({ ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null); }

has_package() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Prints what is missing, as Debian calls it.
missing_packages() {
  command -v cmake >/dev/null || echo cmake
  command -v "${CXX:-g++}" >/dev/null || echo g++
  command -v make >/dev/null || command -v ninja >/dev/null || echo make
  if [[ -z ${RETORT_LIBTORCH:-} ]]; then
    # Gloo's headers are for process groups; without them all else is built.
    [[ -e /usr/include/torch/csrc/api/include/torch/torch.h ]] || printf '%s\n' libtorch-dev libgloo-dev
    # The reference BLAS, which libtorch falls back to, is many times slower.
    has_library 'libopenblas\.so' || echo libopenblas0-pthread
  fi
  has_library 'libturbojpeg\.so\.0' || echo libturbojpeg0
  has_library 'libpng16\.so\.16' || echo libpng16-16
}

install_packages() {
  local packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]} > 0)) || return 0
  apt_install "${packages[@]}"
}

# apt_install PACKAGE...: installs with apt, as root or through sudo, or says what to do by hand.
apt_install() {
  local by_hand="apt-get update && apt-get install -y --no-install-recommends $*"
  command -v apt-get >/dev/null || die "missing: $*   (and there is no apt-get here to install them with)" \
    "Install CMake 3.18 or later, a C++17 compiler, make, libturbojpeg and libpng with your system's package manager," \
    "unpack LibTorch (https://pytorch.org/get-started/locally: Linux, LibTorch, C++, cxx11 ABI)" \
    "and run the same command with RETORT_LIBTORCH=/path/to/libtorch"
  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "missing: $*   (installing them needs root, and there is no sudo)" "As root: $by_hand"
    # Without a terminal sudo cannot ask for a password and would fail with a text that helps nobody.
    [[ -t 0 ]] || sudo -n true 2>/dev/null || die "missing: $*   (sudo wants a password, and there is no terminal)" \
      "As root: $by_hand"
    as_root=(sudo "${as_root[@]}")
  fi
  say "installing with apt, once: $*"
  local apt=("${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update >>"$log" 2>&1 9>&- || say "apt-get update failed; trying with the package lists that are here"
  local name known=()
  for name in "$@"; do
    known+=("$(name_here "$name")")
  done
  if ! "${apt[@]}" install -y --no-install-recommends "${known[@]}" >>"$log" 2>&1 9>&-; then
    grep -vE '^(Get|Hit|Ign|Fetched|Reading|Building)' "$log" | tail -12 >&2
    die "apt-get could not install: $*" "Offline? This step needs the network, once. Otherwise see above, then try by hand, as root:" \
      "$by_hand" "The whole output is in $log"
  fi
}

# Ubuntu has other names for two of Debian's packages.
name_here() {
  local name
  case $1 in
    libturbojpeg0) set -- libturbojpeg0 libturbojpeg ;;
    libpng16-16) set -- libpng16-16t64 libpng16-16 ;;
  esac
  for name in "$@"; do
    [[ -z $(apt-cache policy "$name" 2>/dev/null | grep -E 'Candidate: [^(]') ]] || break
  done
  echo "$name"
}

# run WHAT COMMAND...: runs it quietly; on failure shows the errors and stops.
run() {
  local what=$1
  shift
  "$@" >>"$log" 2>&1 9>&- && return
  { grep -E 'error|Error' "$log" || cat "$log"; } | awk '!seen[$0]++' | tail -15 >&2
  local hint=()
  ! grep -qE 'NU1301|NU1101|ENOTFOUND|EAI_AGAIN|ECONN' "$log" || hint=("This step needs the network, the first time only.")
  die "$what failed" "The whole output is in $log" "${hint[@]}"
}

build_native() {
  local options=(-DCMAKE_BUILD_TYPE=Release "-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=$native/build/out")
  [[ -z ${RETORT_LIBTORCH:-} ]] || options+=("-DRETORT_LIBTORCH=$(cd -- "$RETORT_LIBTORCH" && pwd -P)")
  say "building the native library (libtorch: ${RETORT_LIBTORCH:-the system})"
  : >"$native/stamp.new"
  run "configuring native/ with CMake" cmake -S "$root/native" -B "$native/build" "${options[@]}"
  run "building native/" cmake --build "$native/build" --parallel
  # Renamed, never overwritten: a run in progress has the old file mapped.
  cp "$native/build/out/libretort.so" "$native/libretort.so.new"
  mv -f "$native/libretort.so.new" "$native/libretort.so"
  mv -f "$native/stamp.new" "$native/stamp"
}

build_cli() {
  say "building the command line"
  local options=()
  # A runtime given here goes into every project's lock file, so the usual one stands in the project alone.
  [[ $rid == linux-x64 ]] || options+=(-r "$rid")
  if ! dotnet restore "$root/src/Retort.Cli" "${options[@]}" >>"$log" 2>&1 9>&-; then
    options+=(-p:PublishReadyToRun=false)
    run "restoring NuGet packages" dotnet restore "$root/src/Retort.Cli" "${options[@]}"
    say "the ReadyToRun compiler is not to be had here: building without it (the program starts slower, and runs the same)"
  fi
  # Style is the tests' business: with another SDK's analyzers the program must still build.
  [[ ${analyze:-no} == yes ]] || options+=(-p:RunAnalyzers=false -p:TreatWarningsAsErrors=false)
  # Restoring may rewrite lock files among the sources, so the stamp is taken after it.
  : >"$cli.stamp.new"
  rm -rf "$cli.new"
  run "building the command line" dotnet publish "$root/src/Retort.Cli" --no-restore -c Release --no-self-contained \
    "${options[@]}" -o "$cli.new"
  # Swapped as a whole: a run in progress keeps the files that it has open.
  rm -rf "$cli.old"
  [[ ! -e $cli ]] || mv "$cli" "$cli.old"
  mv "$cli.new" "$cli"
  rm -rf "$cli.old"
  mv -f "$cli.stamp.new" "$cli.stamp"
}
