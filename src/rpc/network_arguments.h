// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What several methods about peers need. Private to rpc.
#pragma once

#include <kepeng/peering/peer_network.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// -31 while there are no peers at all.
Result<peering::PeerNetwork*, RpcError> peers_of(const Context& context);
// An address with or without a port, or -30.
Result<net::Endpoint, RpcError> endpoint_from(const Context& context, std::string_view text);
// For an argument that makes no sense: how the method is used, as for a wrong number of arguments.
Err<RpcError> wrong_use(const Context& context, std::string_view method);

}  // namespace kepeng::rpc
