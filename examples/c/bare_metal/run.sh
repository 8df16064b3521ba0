#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the library and the device, and runs it in an emulator:
#
#     examples/c/bare_metal/run.sh [FOLDER]
#
# FOLDER is for what is built on the way, target/bare-metal-device unless given; CFLAGS goes to the
# compiler. Needs the Debian packages clang, lld and qemu-system-arm, and what .ci/bare-metal needs.
set -euo pipefail
cd "$(dirname "$0")/../../.."

folder=${1:-target/bare-metal-device}
target=thumbv7em-none-eabihf
library=${CARGO_TARGET_DIR:-target}/$target/release/libsimstrap.a

.ci/bare-metal "$target" rustc --quiet --release --locked -p simstrap-capi \
    --no-default-features --features bare-metal --crate-type staticlib

mkdir -p "$folder"
for part in main board heap card; do
    # shellcheck disable=SC2086 # several flags
    clang --target="$target" -mcpu=cortex-m4 -std=c99 -Wall -Wextra -Werror -pedantic -O2 \
        -ffreestanding -ffunction-sections ${CFLAGS:-} -Icrates/capi/include \
        -c "examples/c/bare_metal/$part.c" -o "$folder/$part.o"
done
ld.lld --gc-sections -T examples/c/bare_metal/link.ld \
    "$folder"/{main,board,heap,card}.o "$library" -o "$folder/device"

exec timeout --kill-after=5 120 qemu-system-arm -machine mps2-an386 -display none -monitor none \
    -serial none -chardev stdio,id=told -semihosting-config enable=on,target=native,chardev=told \
    -kernel "$folder/device"
