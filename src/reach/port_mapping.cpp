// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/reach/port_mapping.h>

#include <algorithm>

namespace kepeng::reach {
namespace {

constexpr std::uint8_t kPcpVersion = 2;
constexpr std::uint8_t kPcpMap = 1;
constexpr std::uint8_t kResponse = 0x80;
constexpr std::uint8_t kTcp = 6;  // as IP numbers it
constexpr std::size_t kPcpHeadBytes = 24;
constexpr std::size_t kPcpMapBytes = kPcpHeadBytes + 36;
constexpr int kPcpUnsupportedVersion = 1;

constexpr std::uint8_t kNatPmpVersion = 0;
constexpr std::uint8_t kNatPmpAddress = 0;
constexpr std::uint8_t kNatPmpMapTcp = 2;
constexpr std::size_t kNatPmpHeadBytes = 8;
constexpr std::size_t kNatPmpAddressBytes = 12;
constexpr std::size_t kNatPmpMapBytes = 16;
constexpr int kNatPmpUnsupportedVersion = 1;

constexpr MappingAddress kAnyIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};

bool is_mapped_ipv4(const MappingAddress& address) {
  return std::equal(kAnyIpv4.begin(), kAnyIpv4.begin() + 12, address.begin());
}

template <class T>
void append_be(Bytes& to, T value) {
  const std::size_t end = to.size();
  to.resize(end + sizeof(T));
  store_be(to.data() + end, value);
}

Err<MappingRefusal> no_answer() {
  return Err{MappingRefusal{}};
}

Err<MappingRefusal> refusal(int code, int unsupported_version) {
  const bool is_version = code == unsupported_version;
  return Err{MappingRefusal{is_version ? MappingProblem::UnsupportedVersion : MappingProblem::Refused, code}};
}

// Of a datagram of NAT-PMP that answers this opcode; its result.
std::optional<int> nat_pmp_result(ByteView datagram, std::uint8_t opcode) {
  if (datagram.size() < kNatPmpHeadBytes) return std::nullopt;
  if (datagram[0] != kNatPmpVersion || datagram[1] != (kResponse | opcode)) return std::nullopt;
  return load_be<std::uint16_t>(datagram.data() + 2);
}

}  // namespace

Bytes encode_pcp_map(const MappingWish& wish, const MappingNonce& nonce) {
  Bytes datagram{kPcpVersion, kPcpMap, 0, 0};
  append_be(datagram, wish.lifetime_seconds);
  append(datagram, wish.client);
  append(datagram, nonce);
  append(datagram, Bytes{kTcp, 0, 0, 0});
  append_be(datagram, wish.port);
  append_be(datagram, wish.port);  // the same outside, if it is free
  append(datagram, is_mapped_ipv4(wish.client) ? kAnyIpv4 : MappingAddress{});
  return datagram;
}

Bytes encode_nat_pmp_address() {
  return {kNatPmpVersion, kNatPmpAddress};
}

Bytes encode_nat_pmp_map(const MappingWish& wish) {
  Bytes datagram{kNatPmpVersion, kNatPmpMapTcp, 0, 0};
  append_be(datagram, wish.port);
  append_be(datagram, wish.port);
  append_be(datagram, wish.lifetime_seconds);
  return datagram;
}

Result<Mapping, MappingRefusal> decode_pcp_map(ByteView datagram, const MappingWish& wish, const MappingNonce& nonce) {
  // A router that knows NAT-PMP only answers in that: version 0 and "unsupported version".
  const bool is_old = datagram.size() >= 4 && datagram[0] == kNatPmpVersion && (datagram[1] & kResponse) != 0;
  if (is_old && load_be<std::uint16_t>(datagram.data() + 2) == kNatPmpUnsupportedVersion) {
    return refusal(kNatPmpUnsupportedVersion, kNatPmpUnsupportedVersion);
  }
  if (datagram.size() < kPcpHeadBytes || datagram.size() > kMappingDatagramMax) return no_answer();
  if ((datagram[1] & kResponse) == 0) return no_answer();
  const int code = datagram[3];
  // What comes in another version can only say that it does not know ours.
  if (datagram[0] != kPcpVersion) {
    return code == kPcpUnsupportedVersion ? refusal(code, kPcpUnsupportedVersion) : no_answer();
  }
  if (datagram[1] != (kResponse | kPcpMap)) return no_answer();
  if (datagram.size() < kPcpMapBytes) return code != 0 ? refusal(code, kPcpUnsupportedVersion) : no_answer();
  const ByteView map = datagram.subspan(kPcpHeadBytes);
  if (!equal(map.first(nonce.size()), nonce) || map[12] != kTcp) return no_answer();
  if (load_be<std::uint16_t>(map.data() + 16) != wish.port) return no_answer();
  if (code != 0) return refusal(code, kPcpUnsupportedVersion);
  Mapping mapping;
  mapping.lifetime_seconds = load_be<std::uint32_t>(datagram.data() + 4);
  mapping.external.port = load_be<std::uint16_t>(map.data() + 18);
  MappingAddress external;
  std::copy_n(map.data() + 20, external.size(), external.begin());
  mapping.external.address = wire::NetworkAddress::from_v1(external);
  if (mapping.external.port == 0 || mapping.lifetime_seconds == 0) return no_answer();
  return mapping;
}

Result<wire::NetworkAddress, MappingRefusal> decode_nat_pmp_address(ByteView datagram) {
  const auto code = nat_pmp_result(datagram, kNatPmpAddress);
  if (!code) return no_answer();
  if (*code != 0) return refusal(*code, kNatPmpUnsupportedVersion);
  if (datagram.size() != kNatPmpAddressBytes) return no_answer();
  std::array<std::uint8_t, 4> address{};
  std::copy_n(datagram.data() + kNatPmpHeadBytes, address.size(), address.begin());
  return wire::NetworkAddress::ipv4(address);
}

Result<NatPmpPort, MappingRefusal> decode_nat_pmp_map(ByteView datagram, const MappingWish& wish) {
  const auto code = nat_pmp_result(datagram, kNatPmpMapTcp);
  if (!code) return no_answer();
  if (*code != 0) return refusal(*code, kNatPmpUnsupportedVersion);
  if (datagram.size() != kNatPmpMapBytes) return no_answer();
  if (load_be<std::uint16_t>(datagram.data() + 8) != wish.port) return no_answer();
  const NatPmpPort given{load_be<std::uint16_t>(datagram.data() + 10), load_be<std::uint32_t>(datagram.data() + 12)};
  if (given.external_port == 0 || given.lifetime_seconds == 0) return no_answer();
  return given;
}

bool MappingTalk::is_ipv4() const {
  return is_mapped_ipv4(wish_.client);
}

MappingTalk::Step MappingTalk::send_again() {
  Step step;
  step.wait_ms = kFirstWaitMs << tries_;
  ++tries_;
  switch (stage_) {
    case Stage::Pcp:
      step.send = encode_pcp_map(wish_, nonce_);
      break;
    case Stage::Address:
      step.send = encode_nat_pmp_address();
      break;
    case Stage::Port:
      step.send = encode_nat_pmp_map(wish_);
      break;
  }
  return step;
}

MappingTalk::Step MappingTalk::ask_by_nat_pmp() {
  stage_ = Stage::Address;
  tries_ = 0;
  return send_again();
}

MappingTalk::Step MappingTalk::on_time_out() {
  if (tries_ < kTriesMax) return send_again();
  if (stage_ == Stage::Pcp && is_ipv4()) return ask_by_nat_pmp();
  Step step;
  step.problem = "The router does not answer.";
  return step;
}

MappingTalk::Step MappingTalk::on_datagram(ByteView datagram) {
  return stage_ == Stage::Pcp ? on_pcp(datagram) : on_nat_pmp(datagram);
}

MappingTalk::Step MappingTalk::on_refusal(const MappingRefusal& refusal) {
  if (refusal.problem == MappingProblem::NotAnAnswer) return {};
  if (refusal.problem == MappingProblem::UnsupportedVersion && stage_ == Stage::Pcp && is_ipv4())
    return ask_by_nat_pmp();
  Step step;
  step.problem = "The router refuses the mapping (code " + std::to_string(refusal.code) + ").";
  return step;
}

MappingTalk::Step MappingTalk::on_pcp(ByteView datagram) {
  auto mapping = decode_pcp_map(datagram, wish_, nonce_);
  if (!mapping) return on_refusal(mapping.error());
  Step step;
  step.mapping = std::move(*mapping);
  return step;
}

MappingTalk::Step MappingTalk::on_nat_pmp(ByteView datagram) {
  if (stage_ == Stage::Address) {
    const auto address = decode_nat_pmp_address(datagram);
    if (!address) return on_refusal(address.error());
    external_ = *address;
    stage_ = Stage::Port;
    tries_ = 0;
    return send_again();
  }
  const auto given = decode_nat_pmp_map(datagram, wish_);
  if (!given) return on_refusal(given.error());
  Step step;
  step.mapping = Mapping{{external_, given->external_port}, given->lifetime_seconds};
  return step;
}

}  // namespace kepeng::reach
