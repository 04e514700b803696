// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 7. Networks: layers one after the other (sequential.hpp), beside each other (merge.hpp with Residual, concat.hpp),
/// where their activations live (plan.hpp), and a look inside while they run (probe.hpp).

#include "net/chain.hpp"
#include "net/concat.hpp"
#include "net/evaluate.hpp"
#include "net/inspect.hpp"
#include "net/merge.hpp"
#include "net/multi_head_attention.hpp"
#include "net/plan.hpp"
#include "net/probe.hpp"
#include "net/sequential.hpp"
