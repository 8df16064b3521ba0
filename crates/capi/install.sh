#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the C library and puts it, its header and its pkg-config file under a prefix:
#
#     crates/capi/install.sh [PREFIX]
#
# PREFIX is /usr/local unless given; DESTDIR goes before it, for packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

prefix=${1:-/usr/local}
to=${DESTDIR:-}$prefix
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
built=${CARGO_TARGET_DIR:-target}/release
so=libsimstrap.so.${version%%.*}

# The name that programs look for at run time holds the version of the interface.
cargo rustc --release --locked -p simstrap-capi --crate-type cdylib -- -C "link-arg=-Wl,-soname,$so"
cargo rustc --release --locked -p simstrap-capi --crate-type staticlib

install -d "$to/lib/pkgconfig" "$to/include"
install -m 644 crates/capi/include/simstrap.h "$to/include/"
install -m 644 "$built/libsimstrap.a" "$to/lib/"
install -m 755 "$built/libsimstrap.so" "$to/lib/libsimstrap.so.$version"
ln -sf "libsimstrap.so.$version" "$to/lib/$so"
ln -sf "$so" "$to/lib/libsimstrap.so"
sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|$version|" crates/capi/simstrap.pc.in \
    >"$to/lib/pkgconfig/simstrap.pc"
