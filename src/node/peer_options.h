// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the operator's options say about peers. Private to node.
#pragma once

#include <kepeng/config/options.h>
#include <kepeng/peering/peer_network.h>

namespace kepeng::node {

// "/Satoshi:32.0.0/kepeng:0.1.0/": clients compare the first part with the interfaces that they know.
std::string user_agent_from(const config::Options& options);
// Config fault for an address that is none.
Result<peering::PeerOptions, Fault> peer_options_from(const config::Options& options,
                                                      const params::NetworkParams& network);

// The key of -networkkey, if there is one; what is wrong with its permissions goes to the log. Config fault for a file
// without a key, or without BIP324.
Result<std::optional<crypto::NetworkKey>, Fault> network_key_from(const config::Options& options, Env& env,
                                                                  Logger& log);

}  // namespace kepeng::node
