// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The libraries that multiply and convert, as far as this program was built with them.

#include "../support/conversion.hpp"
#include "../support/problem.hpp"

#include <vector>

namespace bench {

Peer onednn();
Peer xnnpack();
Peer fbgemm();
Peer ort();
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
#if defined(QTENSOR_PEER_FBGEMM)
        fbgemm(),
#endif
#if defined(QTENSOR_PEER_ORT)
        ort(),
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
