// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 7. Networks: layers whose types fit (sequential.hpp), and where their activations live (plan.hpp).

#include "net/chain.hpp"
#include "net/plan.hpp"
#include "net/sequential.hpp"
