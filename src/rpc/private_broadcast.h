// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Sending a transaction without showing whose it is. Private to rpc.
#pragma once

#include <kepeng/peering/peer_network.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// The transaction would be taken by the mempool, or is there.
Answer send_privately(peering::PeerNetwork& peers, const TxPtr& tx);

}  // namespace kepeng::rpc
