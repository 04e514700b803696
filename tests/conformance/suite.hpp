// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Which operators the runner knows. A file of the folder defines, at its end, a part of a suite:
///
///     const Part part("fixedpoint", {{"srdhm", srdhm}, {"tanh_q4_27", tanh}});
///
/// To add an operator write one function and one line there, and take the operator out of inapplicable.txt. A suite may
/// have several parts, one per file.

#include <map>
#include <string>

#include "conformance/case.hpp"

namespace conformance {

/// Runs one case: reads operands, compares every output by Case::expect. Any exception is a failure of the case but
/// Inapplicable.
using Run = void (*)(Case&);

/// The operators of all parts, by suite.
inline std::map<std::string, std::map<std::string, Run>>& suites() {
    static std::map<std::string, std::map<std::string, Run>> all;
    return all;
}

struct Part {
    Part(const std::string& suite, const std::map<std::string, Run>& operators) {
        suites()[suite].insert(operators.begin(), operators.end());
    }
};

}  // namespace conformance
