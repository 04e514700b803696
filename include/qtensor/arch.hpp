// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 1. The only place with intrinsics and `xsimd::`. Two ideas: `lanes<T, Arch>` (one value or a register of them,
/// and a vocabulary for element-wise code, lanes.hpp) and `Atom<Arch, X, W>` (one dot-product instruction with a shape,
/// atom.hpp). A new instruction set is one atom file of at most 100 lines and a tag in tags.hpp.
/// processor.hpp, which asks the machine that runs the program, is left to parallel/dispatch.hpp.

#include "arch/atom.hpp"
#include "arch/avx2.hpp"
#include "arch/avx512_vnni.hpp"
#include "arch/avx512bw.hpp"
#include "arch/avx_vnni.hpp"
#include "arch/bytes.hpp"
#include "arch/environment.hpp"
#include "arch/half.hpp"
#include "arch/interleave.hpp"
#include "arch/lanes.hpp"
#include "arch/narrowing.hpp"
#include "arch/nibbles.hpp"
#include "arch/sse41.hpp"
#include "arch/tags.hpp"
