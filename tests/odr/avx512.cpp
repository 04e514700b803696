// SPDX-License-Identifier: BSL-1.0
#include "work.hpp"

unsigned long long work_avx512() { return work(); }
