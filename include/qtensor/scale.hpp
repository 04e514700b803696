// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 3. What a stored integer is worth. `Scale` (scale/scale.hpp) is the contract; the other files are its models,
/// each small enough to copy when you write your own. Products of tensors have a `Product` scale.

#include "scale/affine.hpp"
#include "scale/dynamic.hpp"
#include "scale/on_axis.hpp"
#include "scale/per_channel.hpp"
#include "scale/per_group.hpp"
#include "scale/per_tensor.hpp"
#include "scale/power_of_two.hpp"
#include "scale/power_of_two_per_tensor.hpp"
#include "scale/product.hpp"
#include "scale/ratio.hpp"
#include "scale/scale.hpp"
