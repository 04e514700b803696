# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# Sets avx_vnni to the flags by which g++ makes AVX-VNNI code that this machine runs: on a processor with AVX-512 VNNI
# alone through the assembler in tests/support/evex. Empty where there are none. Source it at the root of the repository.
avx_vnni=()
if g++ -mavxvnni -E -x c++ /dev/null >/dev/null 2>&1; then
    case " $(grep -m 1 '^flags' /proc/cpuinfo 2>/dev/null | cut -d : -f 2) " in
        *" avx_vnni "*) avx_vnni=(-mavxvnni) ;;
        *" avx512vl "*" avx512_vnni "*) avx_vnni=(-mavxvnni -B "$PWD/tests/support/evex") ;;
    esac
fi
