// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <ostream>

#include <kepeng/json/writer.h>

#include "commands.h"

namespace kepeng::tools {
namespace {

void write_proof_of_work(json::Writer& out, const params::NetworkParams& network) {
  out.key("pow");
  out.begin_object();
  out.field("limit", network.pow_limit.to_string());
  if (!network.no_retargeting) {
    out.field("target_spacing", network.target_spacing_seconds);
    out.field("difficulty_retarget_interval", network.retarget_interval());
    const std::string_view with_bip94 = network.enforces_bip94 ? "bip94" : "yes";
    out.field("mindiff_blocks", network.allows_min_difficulty_blocks ? with_bip94 : "no");
  }
  out.end_object();
}

void write_net(json::Writer& out, const params::NetworkParams& network) {
  out.key("net");
  out.begin_object();
  out.field("default_port", network.p2p_port);
  out.field_hex("magic", network.magic);
  out.key("dns_seeds");
  out.begin_array();
  for (const std::string& seed : network.dns_seeds) out.string(seed);
  out.end_array();
  out.end_object();
}

}  // namespace

Outcome show_chain_parameters(const Request& request, const Streams& streams) {
  if (!request.operands.empty()) return Err{"getchainparams does not take arguments"};
  const auto network = params::make_network(request.network);
  if (!network) return Err{network.error().message};
  std::string text;
  json::Writer out{text, json::Layout::Indented};
  out.begin_object();
  out.field("chain", params::name_of(network->network));
  out.field("test_chain", network->is_test_chain());
  out.field_hex("genesis", network->genesis->hash().view());
  out.field("subsidy_halving_interval", network->subsidy_halving_interval);
  if (network->signet_challenge) {
    out.key("signet");
    out.begin_object();
    out.field_hex("challenge", *network->signet_challenge);
    out.end_object();
  }
  write_proof_of_work(out, *network);
  write_net(out, *network);
  out.key("addresses");
  out.begin_object();
  out.field("bech32_hrp", network->bech32_prefix);
  out.end_object();
  out.end_object();
  streams.out << text << "\n";
  return 0;
}

}  // namespace kepeng::tools
