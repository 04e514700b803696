// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/comparison_text.hpp>

#include "support/comparison_cases.hpp"

using namespace qtensor;

TEST_CASE("a comparison as a table", "[comparison_text]") {
    CHECK(
        to_text(qtensor_test::known_comparison()) ==
        "layer                  shape              SQNR dB   alone    cosine        largest error  clipped saturated  "
        "dead channels\n"
        "input                  8x8x1                 54.2    54.2  0.999998  0.00196 = 0.5 steps    0.00%     0.00%    "
        "   0+0 of 1\n"
        "0 Conv2d               8x8x1 -> 6x6x8        38.0    41.5  0.999921     0.12 = 3.0 steps    0.35%     2.43%   "
        "    1+2 of 8\n"
        "  1.1 Dense            288 -> 288            19.5    21.0  0.994000      1.5 = 6.0 steps    0.00%     0.00%   "
        "  0+0 of 288\n"
        "1 Merge                288 -> 288            19.0    18.0  0.993000      1.6 = 6.4 steps    0.00%     0.00%   "
        "  0+0 of 288\n"
        "2 Dense                288 -> 10            exact   exact  1.000000                    0    0.00%     0.00%   "
        "   0+0 of 10\n"
        "\n"
        "same answer on 448 of 450 samples (99.56 %); most is lost in layer 1.1 Dense, 21.0 dB by itself\n"
        "SQNR: as the network runs; alone: the layer given exact inputs. clipped: real values that no code means;\n"
        "saturated: codes at an end of their range, real zero not counted; dead: killed by codes + dead before.\n");
}
