#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Accuracy, size and latency of small networks by every method of quantization: builds accuracy.cpp and runs it.
#
#   benchmarks/run accuracy [--seeds N] [--quick] [NET...]
#
#   --seeds N  how often everything is trained, from different starts; 5 unless said
#   --quick    one epoch of everything: to see that it runs
#   NET        only these networks, as in the second column of the lines
#
# MNIST_IMAGES and MNIST_LABELS in the environment name idx files, packed by gzip or not; without them those in
# ../shared/data are taken where they are. CXX names the compiler, QTENSOR_FLAGS its flags (-march=native).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then sed -n '3,12s/^# \{0,1\}//p' benchmarks/accuracy/run.sh; exit; fi

mkdir -p build/accuracy
read -ra flags <<<"${QTENSOR_FLAGS:--march=native}"
"${CXX:-c++}" -std=c++20 -O2 "${flags[@]}" -I include benchmarks/accuracy/accuracy.cpp -o build/accuracy/accuracy -pthread

mnist=()
images="${MNIST_IMAGES:-../shared/data/t10k-images-idx3-ubyte.gz}" labels="${MNIST_LABELS:-../shared/data/t10k-labels-idx1-ubyte.gz}"
if [[ -f "$images" && -f "$labels" ]]; then
    unpack() { case "$1" in *.gz) gzip -dc "$1" ;; *) cat "$1" ;; esac; }
    unpack "$images" >build/accuracy/images
    unpack "$labels" >build/accuracy/labels
    mnist=(--mnist build/accuracy/images build/accuracy/labels)
fi
exec build/accuracy/accuracy examples/data/digits.csv "${mnist[@]}" "$@"
