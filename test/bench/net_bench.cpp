// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What a transport costs for each megabyte, both sides of it together.
#include <benchmark/benchmark.h>

#include <kepeng/base/random.h>
#include <kepeng/net/transport_v2.h>

namespace kepeng::net {
namespace {

constexpr NetworkMagic kMagic{1, 2, 3, 4};
constexpr std::size_t kPieceBytes = 64 << 10;  // what one read of a socket gives

void pass(Transport& from, Transport& to) {
  const Bytes bytes = from.take_output();
  for (std::size_t at = 0; at < bytes.size(); at += kPieceBytes) {
    ByteView piece = ByteView{bytes}.subspan(at, std::min(kPieceBytes, bytes.size() - at));
    while (!piece.empty()) benchmark::DoNotOptimize(to.receive(piece));
  }
}

void send_all(benchmark::State& state, Transport& from, Transport& to) {
  const Bytes payload(static_cast<std::size_t>(state.range(0)), 7);
  const MessageName name = *MessageName::from_text("block");
  for (auto _ : state) {
    from.send(name, payload);
    pass(from, to);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void transport_v1(benchmark::State& state) {
  TransportV1 a{kMagic};
  TransportV1 b{kMagic};
  send_all(state, a, b);
}
BENCHMARK(transport_v1)->Arg(100)->Arg(1'500'000);

void transport_v2(benchmark::State& state) {
  const crypto::Signer signer{crypto::Hash32{1}};
  TransportV2 a{{signer, kMagic, crypto::V2Role::Initiator}, V2Identity::fresh(signer, 4095)};
  TransportV2 b{{signer, kMagic, crypto::V2Role::Responder}, V2Identity::fresh(signer, 4095)};
  pass(a, b);
  pass(b, a);
  send_all(state, a, b);
}
BENCHMARK(transport_v2)->Arg(100)->Arg(1'500'000);

}  // namespace
}  // namespace kepeng::net
