// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Another library that does the same job. Each stands in a file of its own, is compiled only where it was found, and
/// is measured in the same process, taking turns with ours.

#include "../support/conversion.hpp"
#include "../support/problem.hpp"

#include <string>

namespace bench {

struct Peer {
    const char* name;
    std::string version;
    /// Solves the problem the way its users would, weights packed before the clock starts where it can; null for a job
    /// that it does not have.
    std::unique_ptr<Runner> (*make)(const Problem&);
    /// Its int8 sums may saturate on this instruction set, by design.
    bool saturates = false;
    /// How far its codes may lie from the reference: 1 where it computes requantization in another order.
    int codes_off = 0;
};

Peer onednn();
Peer xnnpack();
Peer gemmlowp();
Peer openblas();
Peer eigen();

ConvertingPeer converting_onednn();
ConvertingPeer converting_xnnpack();

/// Those that convert.
inline std::vector<ConvertingPeer> converting_peers() {
    std::vector<ConvertingPeer> all;
#if defined(QTENSOR_PEER_ONEDNN)
    all.push_back(converting_onednn());
#endif
#if defined(QTENSOR_PEER_XNNPACK)
    all.push_back(converting_xnnpack());
#endif
    std::erase_if(all, [](const ConvertingPeer& peer) { return peer.make == nullptr; });
    return all;
}

/// Those that this program was built with.
inline std::vector<Peer> peers() {
    return {
#if defined(QTENSOR_PEER_ONEDNN)
        onednn(),
#endif
#if defined(QTENSOR_PEER_XNNPACK)
            xnnpack(),
#endif
#if defined(QTENSOR_PEER_GEMMLOWP)
            gemmlowp(),
#endif
#if defined(QTENSOR_PEER_OPENBLAS)
            openblas(),
#endif
#if defined(QTENSOR_PEER_EIGEN)
            eigen(),
#endif
    };
}

}  // namespace bench
