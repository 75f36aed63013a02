// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the operator's options say about peers: from names and text to peering::PeerOptions. Functions without state.
#pragma once

#include <kepeng/base/env.h>
#include <kepeng/config/options.h>
#include <kepeng/peering/peer_network.h>

namespace kepeng::peer_config {

// "/Satoshi:32.0.0/kepeng:0.1.0/": clients compare the first part with the interfaces that they know.
// Config fault where -uacomment says what others could not show, or too much.
Result<std::string, Fault> user_agent_from(const config::Options& options);

struct Surroundings {
  const params::NetworkParams& network;
  Env& env;  // for the files that options name
  Logger& log;
};
// Config fault for an address that is none, a file that is of no use, options that do not fit together.
Result<peering::PeerOptions, Fault> peer_options_from(const config::Options& options, const Surroundings& with);

}  // namespace kepeng::peer_config
