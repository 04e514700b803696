// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 0. What every other folder stands on: compiler facts and the precondition hook (config), sentences for failed
/// concepts (concepts), extents (shape), where cells live (storage) and what a type is called (type_name). Nothing here
/// knows of quantization.

#include "base/concepts.hpp"
#include "base/config.hpp"
#include "base/shape.hpp"
#include "base/storage.hpp"
#include "base/type_name.hpp"
