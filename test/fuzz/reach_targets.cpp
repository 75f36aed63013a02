// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/i2p_destination.h>
#include <kepeng/reach/i2p_talk.h>
#include <kepeng/reach/interfaces.h>
#include <kepeng/reach/port_mapping.h>
#include <kepeng/reach/tor_talk.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using reach::LineTalk;

// Says line after line until it ends. Whatever comes in, what goes out is one command at a time.
void converse(LineTalk& talk, std::string_view text, std::string_view line_end) {
  LineTalk::Step step = talk.begin();
  while (!text.empty() && !step.problem) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    step = talk.on_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (step.send.empty()) continue;
    KP_ASSERT(!step.problem && step.send.ends_with(line_end));
    KP_ASSERT(step.send.find_first_of("\r\n") == step.send.size() - line_end.size());
  }
  KP_ASSERT(!step.problem || !step.problem->empty());
  talk.on_lost();
}

// How Tor is asked, then what it says.
const std::string kService = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid";

Seeds tor_talk_seeds() {
  Seeds seeds;
  for (const std::string& said :
       {std::string(1, '\x03') +
            "250-AUTH METHODS=NULL\n250 OK\n250 OK\n250-net/listeners/socks=\"127.0.0.1:9\"\n250 OK\n"
            "250-ServiceID=" +
            kService + "\n250-PrivateKey=ED25519-V3:aaaa\n250 OK\n",
        std::string(1, '\x01') + "250-AUTH METHODS=SAFECOOKIE COOKIEFILE=\"/a\\101\"\n250 OK\n"
                                 "250 AUTHCHALLENGE SERVERHASH=00 SERVERNONCE=00\n",
        std::string(1, '\x05') + "250+AUTH METHODS=HASHEDPASSWORD\nx\n.\n250 OK\n515 no\n",
        std::string(1, '\x09') + "650 event\n250-AUTH METHODS=NULL\n250 OK\n250 OK\n"}) {
    seeds.push_back(bytes_of(said));
  }
  return seeds;
}

FUZZ_TARGET(tor_talk, tor_talk_seeds) {
  Input fields{input};
  const std::uint8_t choice = fields.take();
  reach::TorTalk::Wish wish;
  if ((choice & 1) != 0) wish.service = net::Endpoint{"127.0.0.1", 8334};
  if ((choice & 2) != 0) wish.proxy = reach::TorTalk::Wish::Proxy::Wanted;
  if ((choice & 4) != 0) wish.password = "a\"b\\c\r\nd";
  const std::string kept = (choice & 8) != 0 ? "ED25519-V3:bbbb" : "";
  // What the library of SHA-3 takes once, for good, is not the input's doing.
  static const bool is_warm = wire::NetworkAddress::from_string(kService + ".onion").has_value();
  KP_ASSERT(is_warm);
  bool has_service = false;
  reach::TorTalk talk{wish,
                      {.read_cookie = [](const std::string&) { return std::optional{Bytes(32, 1)}; },
                       .nonce = [] { return Bytes(32, 2); },
                       .load_key = [&] { return kept; },
                       .keep_key = [](const std::string& key) { KP_ASSERT(reach::is_onion_key(key)); },
                       .on_service = [&](const std::string& name) { has_service = !name.empty(); },
                       .on_proxy = [](const net::Endpoint& at) { KP_ASSERT(at.port != 0 || at.host.empty()); }}};
  bounded_by(input.size(), 16, [&] {
    converse(talk, as_text(fields.rest()), "\r\n");
    return 0;
  });
  KP_ASSERT(!has_service);
}

// Whether a name is kept, then what the router says.
Seeds i2p_talk_seeds() {
  Bytes key(384, 1);
  append(key, Bytes{5, 0, 0});
  const std::string text = net::to_i2p_base64(key);
  const std::string hello = "HELLO REPLY RESULT=OK VERSION=3.1\n";
  return {bytes_of("\x01" + hello + "DEST REPLY PUB=x PRIV=" + text + "\nSESSION STATUS RESULT=OK DESTINATION=" + text +
                   "\n"),
          bytes_of("\x02" + hello + "SESSION STATUS RESULT=DUPLICATED_ID MESSAGE=\"x\\\"y\"\n")};
}

FUZZ_TARGET(i2p_talk, i2p_talk_seeds) {
  Input fields{input};
  const bool is_kept = fields.flip();
  bool has_session = false;
  reach::I2pTalk talk{{{"127.0.0.1", 7656}, is_kept ? reach::I2pTalk::Name::Kept : reach::I2pTalk::Name::Transient},
                      {.session_id = [] { return std::string{"id"}; },
                       .load_key = [] { return Bytes{}; },
                       .keep_key = [](const Bytes& key) { KP_ASSERT(net::i2p_destination_in(key)); },
                       .on_session = [&](const auto& session) { has_session = session.has_value(); }}};
  bounded_by(input.size(), 16, [&] {
    converse(talk, as_text(fields.rest()), "\n");
    return 0;
  });
  KP_ASSERT(!has_session);
}

// Of which family we are, then datagrams; an empty one is silence.
Seeds port_mapping_seeds() {
  Seeds seeds;
  for (const std::string_view said : {std::string_view{"\x01\x08\x00\x00\x81\x00\x01\x00\x00\x00\x64", 11}}) {
    seeds.push_back(bytes_of(said));
  }
  Bytes pcp{1};
  Bytes answer = reach::encode_pcp_map({wire::NetworkAddress::ipv4({10, 0, 0, 2}).to_v1(), 8333, 3600},
                                       reach::MappingNonce{1, 2, 3});
  answer[1] |= 0x80;
  answer[2] = answer[3] = 0;
  append_chunk(pcp, answer);
  seeds.push_back(pcp);
  Bytes old{1};
  append_chunk(old, Bytes{0, 0x81, 0, 1});
  append_chunk(old, Bytes{0, 0x80, 0, 0, 0, 0, 0, 1, 93, 184, 216, 34});
  append_chunk(old, Bytes{0, 0x82, 0, 0, 0, 0, 0, 1, 0x20, 0x8d, 0x20, 0x8d, 0, 0, 14, 16});
  seeds.push_back(old);
  return seeds;
}

FUZZ_TARGET(port_mapping, port_mapping_seeds) {
  Input fields{input};
  const auto client =
      fields.flip() ? wire::NetworkAddress::ipv4({10, 0, 0, 2}) : *wire::NetworkAddress::from_string("2001:db9::1");
  reach::MappingTalk talk{{client.to_v1(), 8333, 3600}, reach::MappingNonce{1, 2, 3}};
  auto step = talk.begin();
  int steps = 0;
  while (!fields.empty() && !step.problem && !step.mapping) {
    const ByteView datagram = fields.chunk();
    step = datagram.empty() ? talk.on_time_out() : talk.on_datagram(datagram);
    // Who answers nothing that counts is asked a bounded number of times.
    if (!step.send.empty()) KP_ASSERT(step.wait_ms >= 250 && ++steps <= 3 * reach::MappingTalk::kTriesMax);
  }
  if (step.mapping) KP_ASSERT(step.mapping->external.port != 0 && step.mapping->lifetime_seconds != 0);
}

Seeds routes_seeds() {
  return {bytes_of("eth0\t00000000\t0101A8C0\t0003\t0\n"),
          bytes_of("00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
                   "fe800000000000000000000000000001 0 0 0 00450003 eth0\n")};
}

FUZZ_TARGET(routes, routes_seeds) {
  const std::string_view text = as_text(input);
  for (const auto& router : {reach::parse_ipv4_routes(text), reach::parse_ipv6_routes(text)}) {
    if (router) KP_ASSERT(!router->interface.empty() && router->interface.size() < text.size());
  }
}

}  // namespace
}  // namespace kepeng::fuzz
