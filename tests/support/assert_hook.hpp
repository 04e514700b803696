// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Makes a failed precondition of the library throw, so that a test can require it. The build puts this file in front of
/// every test source; it must come before the first header of the library.

#include <stdexcept>
#include <string>

namespace qtensor_test {

struct PreconditionFailed : std::runtime_error {
    PreconditionFailed(const char* sentence, long long value_, long long limit_, const char* file, int line)
        : std::runtime_error(std::string(sentence) + " (value " + std::to_string(value_) + ", limit " +
                             std::to_string(limit_) + ") at " + file + ":" + std::to_string(line)),
          value(value_), limit(limit_) {}

    long long value;
    long long limit;
};

[[noreturn]] inline void fail(const char* sentence, long long value, long long limit, const char* file, int line) {
    throw PreconditionFailed(sentence, value, limit, file, line);
}

}  // namespace qtensor_test

#define QTENSOR_ASSERT_HOOK(sentence, value, limit, file, line)                                                        \
    ::qtensor_test::fail(sentence, value, limit, file, line)
