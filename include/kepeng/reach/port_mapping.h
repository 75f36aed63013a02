// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Port mapping: asks the router of a home network to let connections from outside in, by PCP (RFC 6887) or, where the
// router does not know it, by its predecessor NAT-PMP (RFC 6886). Here: the datagrams, and who says what when; no
// sockets.
//
// By PCP an IPv6 router is asked as well, to open its firewall for an address that needs no translation. Written here
// and not taken from a library: the two protocols are four datagrams, and libnatpmp knows only the older one.
//
// Datagrams come from the local network and are believed no more than needed: size, version, opcode, nonce and ports
// must be those of the question. Pure; randomness is handed in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <kepeng/base/bytes.h>
#include <kepeng/base/result.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::reach {

inline constexpr std::uint16_t kMappingServerPort = 5351;
inline constexpr std::size_t kMappingDatagramMax = 1100;  // RFC 6887, 7

using MappingNonce = std::array<std::uint8_t, 12>;
using MappingAddress = wire::NetworkAddress::V1;  // IPv4 is mapped into IPv6

struct MappingWish {
  MappingAddress client{};  // our address, as the router sees it
  std::uint16_t port = 0;   // inside, and wanted outside
  std::uint32_t lifetime_seconds = 3600;
};

struct Mapping {
  wire::Endpoint external;
  std::uint32_t lifetime_seconds = 0;
};

Bytes encode_pcp_map(const MappingWish& wish, const MappingNonce& nonce);
Bytes encode_nat_pmp_address();
Bytes encode_nat_pmp_map(const MappingWish& wish);

enum class MappingProblem : std::uint8_t {
  NotAnAnswer,         // to be passed over: the answer may still come
  UnsupportedVersion,  // the router does not know PCP
  Refused,
};
struct MappingRefusal {
  MappingProblem problem = MappingProblem::NotAnAnswer;
  int code = 0;  // of the router
};
Result<Mapping, MappingRefusal> decode_pcp_map(ByteView datagram, const MappingWish& wish, const MappingNonce& nonce);
Result<wire::NetworkAddress, MappingRefusal> decode_nat_pmp_address(ByteView datagram);
struct NatPmpPort {
  std::uint16_t external_port = 0;
  std::uint32_t lifetime_seconds = 0;
};
Result<NatPmpPort, MappingRefusal> decode_nat_pmp_map(ByteView datagram, const MappingWish& wish);

// One attempt to get a mapping. A datagram is sent again when nothing comes, after 250 ms and then twice as long each
// time; what PCP does not answer is asked by NAT-PMP (only for IPv4).
class MappingTalk {
 public:
  static constexpr int kTriesMax = 4;
  static constexpr std::int64_t kFirstWaitMs = 250;

  MappingTalk(const MappingWish& wish, const MappingNonce& nonce) : wish_{wish}, nonce_{nonce} {}

  struct Step {
    Bytes send{};  // a datagram to send now
    std::int64_t wait_ms = 0;
    std::optional<Mapping> mapping{};
    std::optional<std::string> problem{};  // it is over
  };
  Step begin() { return send_again(); }
  // A datagram that is no answer gives a step in which nothing is to be done.
  Step on_datagram(ByteView datagram);
  Step on_time_out();

 private:
  enum class Stage : std::uint8_t { Pcp, Address, Port };
  Step send_again();
  Step ask_by_nat_pmp();
  Step on_refusal(const MappingRefusal& refusal);
  Step on_pcp(ByteView datagram);
  Step on_nat_pmp(ByteView datagram);
  bool is_ipv4() const;

  const MappingWish wish_;
  const MappingNonce nonce_;
  Stage stage_ = Stage::Pcp;
  int tries_ = 0;
  wire::NetworkAddress external_;
};

}  // namespace kepeng::reach
