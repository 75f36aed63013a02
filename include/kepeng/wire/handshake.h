// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages that open a connection: version and verack, and what may stand between them.
//
// Plain structs; the codec is behind message.h. Sources: BIP14, BIP37 (relay), BIP111, BIP144, BIP155, BIP159, BIP330,
// BIP339, BIP434.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <kepeng/base/time.h>
#include <kepeng/primitives/amount.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::wire {

using Services = std::uint64_t;  // bits, below

inline constexpr Services kNodeNetwork = 1;
inline constexpr Services kNodeBloom = 1 << 2;
inline constexpr Services kNodeWitness = 1 << 3;
inline constexpr Services kNodeCompactFilters = 1 << 6;
inline constexpr Services kNodeNetworkLimited = 1 << 10;
inline constexpr Services kNodeP2pV2 = 1 << 11;

// An address as `version` has it: without a time, and never on a network younger than IPv6.
struct VersionAddress {
  Services services = 0;
  NetworkAddress::V1 address{};
  std::uint16_t port = 0;
};

struct Version {
  std::int32_t protocol = 0;
  Services services = 0;
  UnixTime time{};
  VersionAddress receiver{};
  VersionAddress sender{};
  std::uint64_t nonce = 0;
  std::string user_agent{};  // any bytes: escape before showing
  Height start_height = 0;
  std::optional<bool> relay{};  // BIP37; peers that do not say want transactions

  bool wants_transactions() const { return relay.value_or(true); }
};

struct Verack {};
struct WtxidRelay {};
struct SendAddrV2 {};

struct SendTxRcncl {
  std::uint32_t version = 0;
  std::uint64_t salt = 0;
};

struct Feature {
  std::string id;  // any bytes
  Bytes data;
};

}  // namespace kepeng::wire
