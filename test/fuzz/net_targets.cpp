// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/endpoint.h>
#include <kepeng/net/i2p_destination.h>
#include <kepeng/net/sam.h>
#include <kepeng/net/socks5.h>
#include <kepeng/net/transport_v2.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using net::Endpoint;
using net::Socks5;

Seeds endpoint_seeds() {
  return {bytes_of("1.2.3.4:8333"), bytes_of("[::1]:8333"), bytes_of("::1"), bytes_of("name.onion:1"), bytes_of(":")};
}

FUZZ_TARGET(endpoint, endpoint_seeds) {
  const auto parsed = Endpoint::parse(as_text(input), 8333);
  if (!parsed) return;
  KP_ASSERT(parsed->host.size() <= input.size());
  KP_ASSERT(Endpoint::parse(parsed->to_string(), 1) == *parsed);
}

// Whether there is a password, then what the proxy says.
Seeds socks5_seeds() {
  return {{0, 5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0x20, 0x8d, 7, 7},
          {1, 5, 2, 1, 0, 5, 0, 0, 3, 2, 'a', 'b', 0, 80},
          {0, 5, 0xff},
          {0, 5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0}};
}

using Step = net::Passage::Step;

// Byte by byte, as a network may cut it, until it is decided.
Step in_pieces(net::Passage& passage, ByteView bytes) {
  Step last;
  Bytes sent;
  while (!bytes.empty() && last.kind != Step::Kind::Connected && last.kind != Step::Kind::Failed) {
    last = passage.take(bytes.first(1));
    bytes = bytes.subspan(1);
    append(sent, last.send);
  }
  last.send = sent;
  append(last.rest, bytes);
  return last;
}

// However it is cut, the end is the same.
Step check_passage(net::Passage& one, net::Passage& other, ByteView bytes) {
  KP_ASSERT(one.greeting() == other.greeting() && !one.greeting().empty());
  const auto at_once = bounded_by(bytes.size(), 4, [&] { return one.take(bytes); });
  const auto cut = in_pieces(other, bytes);
  const auto is_end = [](const Step& step) {
    return step.kind == Step::Kind::Connected || step.kind == Step::Kind::Failed;
  };
  KP_ASSERT(is_end(at_once) == is_end(cut) && at_once.problem == cut.problem);
  KP_ASSERT(at_once.kind != Step::Kind::Failed || !at_once.problem.empty());
  if (at_once.kind == Step::Kind::Failed) return at_once;
  KP_ASSERT(at_once.send == cut.send && at_once.remote == cut.remote);
  if (at_once.kind == Step::Kind::Connected) KP_ASSERT(at_once.rest == cut.rest && at_once.rest.size() < bytes.size());
  return at_once;
}

FUZZ_TARGET(socks5, socks5_seeds) {
  Input fields{input};
  const bool has_password = fields.flip();
  const auto credentials = has_password ? std::optional{net::ProxyCredentials{"user", "secret"}} : std::nullopt;
  const ByteView bytes = fields.rest();
  Socks5 one{{"name.example", 8333}, credentials};
  Socks5 other{{"name.example", 8333}, credentials};
  check_passage(one, other, bytes);
}

// Whether somebody is called or waited for, then what the router says.
constexpr std::string_view kSamHelloReply = "HELLO REPLY RESULT=OK VERSION=3.1\n";

Bytes sam_destination() {
  Bytes made(384, 1);
  append(made, Bytes{5, 0, 0});
  return made;
}

Seeds sam_stream_seeds() {
  const std::string text = net::to_i2p_base64(sam_destination());
  const std::string hello{kSamHelloReply};
  Seeds seeds;
  for (const std::string& said :
       {"\x01" + hello + "STREAM STATUS RESULT=OK\n" + text + " FROM_PORT=0\nrest",
        std::string(1, '\0') + hello + "NAMING REPLY RESULT=OK VALUE=" + text + "\nSTREAM STATUS RESULT=OK\nrest",
        std::string(1, '\0') + "HELLO REPLY RESULT=\"not \\\"OK\" MESSAGE=\n", "\x01" + hello + "\n"}) {
    seeds.push_back(bytes_of(said));
  }
  return seeds;
}

FUZZ_TARGET(sam_stream, sam_stream_seeds) {
  Input fields{input};
  const bool waits = fields.flip();
  const net::SamSession session{{"127.0.0.1", 7656}, "id", "own.b32.i2p"};
  const std::string name = net::i2p_name_of(sam_destination());
  const auto make = [&] { return waits ? net::SamStream::from_anybody(session) : net::SamStream::to(name, session); };
  net::SamStream one = make();
  net::SamStream other = make();
  const Step step = check_passage(one, other, fields.rest());
  KP_ASSERT(step.remote.has_value() == (waits && step.kind == Step::Kind::Connected));
  // What may have come from elsewhere adds no line to what the router is told.
  KP_ASSERT(std::count(step.send.begin(), step.send.end(), '\n') <= 2);
}

using net::Frame;
using net::Received;
using net::TransportError;
using net::TransportV1;
using net::TransportV2;

constexpr net::NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};
constexpr std::size_t kHeldAtRest = 8 << 10;  // a header, a key, garbage

struct Heard {
  std::vector<Frame> frames;
  std::size_t dropped = 0;
  std::optional<TransportError> error;
};

// In pieces of `most` bytes, with the memory rule kept all the way.
Heard feed(net::Transport& transport, ByteView bytes, std::size_t most) {
  Heard heard;
  std::size_t taken = 0;
  while (taken < bytes.size() && !heard.error) {
    ByteView piece = bytes.subspan(taken, std::min(most, bytes.size() - taken));
    taken += piece.size();
    while (!piece.empty() && !heard.error) {
      auto received = transport.receive(piece);
      if (!received) {
        heard.error = received.error();
      } else if (auto* frame = std::get_if<Frame>(&*received)) {
        heard.frames.push_back(std::move(*frame));
      } else if (std::holds_alternative<net::Dropped>(*received)) {
        ++heard.dropped;
      }
      KP_ASSERT(transport.memory_bytes() <= taken + net::kAheadBytesMax + kHeldAtRest);
    }
  }
  return heard;
}

void check_same(const Heard& a, const Heard& b) {
  KP_ASSERT(a.frames.size() == b.frames.size() && a.dropped == b.dropped && a.error == b.error);
  for (std::size_t i = 0; i < a.frames.size(); ++i) {
    KP_ASSERT(a.frames[i].name == b.frames[i].name && a.frames[i].payload == b.frames[i].payload);
  }
}

Bytes v1_stream() {
  TransportV1 transport{kMagic};
  transport.send(*net::MessageName::from_text("version"), Bytes(20, 1));
  transport.send(*net::MessageName::from_text("verack"), {});
  transport.send(*net::MessageName::from_text("ping"), Bytes(8, 2));
  return transport.take_output();
}

// The length of the pieces, then a stream.
Seeds transport_v1_seeds() {
  Bytes seed{5};
  append(seed, v1_stream());
  return {seed, {0}};
}

FUZZ_TARGET(transport_v1, transport_v1_seeds) {
  Input fields{input};
  const std::size_t most = 1 + fields.take() % 64;
  const ByteView stream = fields.rest();
  TransportV1 whole{kMagic};
  TransportV1 pieces{kMagic};
  const Heard heard = feed(whole, stream, stream.size() + 1);
  check_same(heard, feed(pieces, stream, most));
  // What came out goes in again.
  TransportV1 again{kMagic};
  for (const Frame& frame : heard.frames) again.send(frame.name, frame.payload);
  const Bytes copy = again.take_output();
  TransportV1 reader{kMagic};
  const Heard repeated = feed(reader, copy, most);
  KP_ASSERT(!repeated.error && repeated.dropped == 0 && repeated.frames.size() == heard.frames.size());
}

const crypto::Signer& signer() {
  static const crypto::Signer one{crypto::Hash32{1}};
  return one;
}

// Made once: encoding a key takes longer than all the rest of a run.
net::V2Identity make_identity(std::uint8_t number) {
  const auto key = *crypto::PrivateKey::from_bytes(crypto::Hash32{number});
  return {key, crypto::ellswift_create(signer(), key, crypto::Hash32{9}), {}, {}};
}

TransportV2 transport_v2(crypto::V2Role role, std::size_t garbage) {
  static const net::V2Identity initiator = make_identity(1);
  static const net::V2Identity responder = make_identity(2);
  net::V2Identity identity = role == crypto::V2Role::Initiator ? initiator : responder;
  identity.garbage.assign(garbage, 0xaa);
  return TransportV2{{signer(), kMagic, role}, std::move(identity)};
}

// The length of the pieces, the role, then what a stranger sends.
Seeds transport_v2_stranger_seeds() {
  Bytes old{7, 1};
  append(old, v1_stream());
  Bytes key{1, 1};
  key.resize(2 + 64 + 5000, 3);
  return {old, key, {0, 0}};
}

FUZZ_TARGET(transport_v2_stranger, transport_v2_stranger_seeds) {
  Input fields{input};
  const std::size_t most = 1 + fields.take() % 64;
  const auto role = fields.flip() ? crypto::V2Role::Responder : crypto::V2Role::Initiator;
  const ByteView stream = fields.rest();
  TransportV2 whole = transport_v2(role, 10);
  TransportV2 pieces = transport_v2(role, 10);
  check_same(feed(whole, stream, stream.size() + 1), feed(pieces, stream, most));
  KP_ASSERT(whole.kind() == pieces.kind() && whole.take_output() == pieces.take_output());
}

// A session between two that know the rules, with steps: who, what, and how many bytes; at some point a bit flips.
Seeds transport_v2_session_seeds() {
  return {{3, 10, 0, 5, 1, 2, 3, 4, 5, 1, 9, 2, 0, 3, 30}, {0, 0, 0x80, 3, 9}, {63, 255, 4, 200, 8, 1, 0x82, 1}};
}

FUZZ_TARGET(transport_v2_session, transport_v2_session_seeds) {
  Input fields{input};
  const std::size_t most = 1 + fields.take() % 64;
  TransportV2 sides[2] = {transport_v2(crypto::V2Role::Initiator, fields.take() * 16u),
                          transport_v2(crypto::V2Role::Responder, fields.take())};
  KP_ASSERT(!feed(sides[1], sides[0].take_output(), most).error);
  KP_ASSERT(!feed(sides[0], sides[1].take_output(), most).error);
  KP_ASSERT(!feed(sides[1], sides[0].take_output(), most).error);
  KP_ASSERT(sides[0].session_id().has_value() && sides[0].session_id() == sides[1].session_id());
  while (!fields.empty()) {
    const std::uint8_t choice = fields.take();
    TransportV2& from = sides[choice & 1];
    TransportV2& to = sides[1 - (choice & 1)];
    const ByteView contents = fields.take_bytes(fields.take());
    const bool is_raw = (choice & 2) != 0;
    const bool is_decoy = is_raw && (choice & 4) != 0;
    const auto name = *net::MessageName::from_text((choice & 8) != 0 ? "tx" : "wtxidrelay");
    if (is_raw) {
      from.send_packet(contents, is_decoy ? crypto::V2Packet::Decoy : crypto::V2Packet::Genuine);
    } else {
      from.send(name, contents);
    }
    Bytes wire = from.take_output();
    if ((choice & 0x80) != 0) {
      wire[3 + fields.take() % (wire.size() - 3)] ^= 4;
      KP_ASSERT(feed(to, wire, most).error == TransportError::Forged);
      return;
    }
    const Heard heard = feed(to, wire, most);
    if (heard.error) {
      KP_ASSERT(is_raw && *heard.error == TransportError::MalformedPacket);
      return;
    }
    if (!is_raw)
      KP_ASSERT(heard.frames.size() == 1 && heard.frames[0].name == name && equal(heard.frames[0].payload, contents));
    if (is_decoy) KP_ASSERT(heard.frames.empty() && heard.dropped == 0);
  }
}

}  // namespace
}  // namespace kepeng::fuzz
