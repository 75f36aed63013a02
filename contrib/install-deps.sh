#!/usr/bin/env bash
# Installs what kepeng builds and tests with, from the packages of Debian 12 or Ubuntu 24.04; with the argument `fuzz` what
# the fuzz targets need besides.
set -euo pipefail
packages=(
  g++ cmake ninja-build ccache pkg-config git
  libboost1.81-dev libleveldb-dev libssl-dev libsecp256k1-dev libzmq3-dev cppzmq-dev libfmt-dev libspdlog-dev
  libsqlite3-dev rapidjson-dev libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev liblzma-dev
  clang-format clang-tidy python3 python3-cryptography python3-pytest python3-bitcoinlib iproute2 tor
)
[[ ${1:-} == fuzz ]] && packages+=(clang libclang-rt-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  exit 0
fi
echo "installing: ${missing[*]}"
sudo=()
((EUID == 0)) || sudo=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
