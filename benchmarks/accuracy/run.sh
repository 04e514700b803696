#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Accuracy, size and latency of small networks by every method of quantization: builds and runs the programs beside this.
#
#   benchmarks/run accuracy [--seeds N] [--quick] [--times] [NET...]
#
#   --seeds N  how often everything is trained, from different starts; 20 unless said
#   --quick    one epoch of everything: to see that it runs
#   --times    times alone, without training: a second and a half per network
#   NET        only these networks, as the files are called
#
# MNIST_IMAGES and MNIST_LABELS in the environment name idx files, packed by gzip or not; without them those in
# ../shared/data are taken where they are. CXX names the compiler, QTENSOR_FLAGS its flags (-march=native).
# The exit status is not 0 where a code of a network trained in integers is not what is deployed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then sed -n '3,14s/^# \{0,1\}//p' benchmarks/accuracy/run.sh; exit; fi

mkdir -p build/accuracy
read -ra flags <<<"${QTENSOR_FLAGS:--march=native}"
images="${MNIST_IMAGES:-../shared/data/t10k-images-idx3-ubyte.gz}"
labels="${MNIST_LABELS:-../shared/data/t10k-labels-idx1-ubyte.gz}"
unpack() { case "$1" in *.gz) gzip -dc "$1" ;; *) cat "$1" ;; esac; }

nets=() options=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --seeds) options+=("$1" "$2"); shift ;;
        -*) options+=("$1") ;;
        *) nets+=("$1") ;;
    esac
    shift
done
[[ ${#nets[@]} -gt 0 ]] || nets=(mlp_digits narrow_digits cnn_digits lstm_digits residual_digits cnn_mnist)

for net in "${nets[@]}"; do
    data=(examples/data/digits.csv)
    if [[ "$net" == *_mnist ]]; then
        if [[ ! -f "$images" || ! -f "$labels" ]]; then
            echo "# $net: skipped, there is no $images"
            continue
        fi
        unpack "$images" >build/accuracy/images
        unpack "$labels" >build/accuracy/labels
        data=(build/accuracy/images build/accuracy/labels)
    fi
    "${CXX:-c++}" -std=c++20 -O2 "${flags[@]}" -I include "benchmarks/accuracy/$net.cpp" -o "build/accuracy/$net" -pthread
    "build/accuracy/$net" "${data[@]}" "${options[@]}"
done
