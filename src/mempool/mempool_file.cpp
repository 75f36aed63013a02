// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/mempool_file.h>

#include <kepeng/base/random.h>
#include <kepeng/primitives/transaction_bytes.h>

namespace kepeng::mempool {
namespace {

constexpr std::size_t kKeyBytes = 8;

// By the place of each byte in the file.
void obfuscate(std::span<std::uint8_t> bytes, std::size_t at, ByteView key) {
  std::array<std::uint8_t, kKeyBytes> turned{};
  for (std::size_t i = 0; i < kKeyBytes; ++i) turned[i] = key[(at + i) % kKeyBytes];
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= turned[i % kKeyBytes];
}

Txid read_txid(Cursor& from) {
  Txid txid;
  const ByteView bytes = from.read_bytes(txid.bytes.size());
  if (from.ok()) std::copy(bytes.begin(), bytes.end(), txid.bytes.begin());
  return txid;
}

// From there on.
Result<MempoolFile, std::string> read_contents(Bytes bytes, std::size_t head) {
  MempoolFile file;
  file.bytes = std::move(bytes);
  Cursor from{ByteView{file.bytes}.subspan(head)};
  const auto count = from.read_le<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
    const ByteView raw = read_transaction_bytes(from);
    const auto time = from.read_le<std::int64_t>();
    const auto delta = from.read_le<std::int64_t>();
    if (from.ok()) file.transactions.push_back({raw, {time}, {delta}});
  }
  const std::uint64_t deltas = from.read_size();
  for (std::uint64_t i = 0; i < deltas && from.ok(); ++i) {
    const Txid txid = read_txid(from);
    file.deltas[txid] = {from.read_le<std::int64_t>()};
  }
  const std::uint64_t unbroadcast = from.read_size();
  for (std::uint64_t i = 0; i < unbroadcast && from.ok(); ++i) file.unbroadcast.insert(read_txid(from));
  if (!from.ok()) return Err{std::string{"its contents are damaged"}};
  return file;
}

}  // namespace

Bytes write_mempool_file(const MempoolFile& file, FileVersion version) {
  Bytes bytes;
  append_le(bytes, static_cast<std::uint64_t>(version));
  Bytes key(kKeyBytes);
  if (version == FileVersion::Obfuscated) {
    fill_random(key);
    append_var_bytes(bytes, key);
  }
  const std::size_t head = bytes.size();
  append_le(bytes, static_cast<std::uint64_t>(file.transactions.size()));
  for (const MempoolFile::Kept& kept : file.transactions) {
    append(bytes, kept.raw);
    append_le(bytes, kept.time.seconds);
    append_le(bytes, kept.fee_delta.sats);
  }
  append_compact_size(bytes, file.deltas.size());
  for (const auto& [txid, delta] : file.deltas) {
    append(bytes, txid.view());
    append_le(bytes, delta.sats);
  }
  append_compact_size(bytes, file.unbroadcast.size());
  for (const Txid& txid : file.unbroadcast) append(bytes, txid.view());
  if (version == FileVersion::Obfuscated) obfuscate(std::span{bytes}.subspan(head), head, key);
  return bytes;
}

Result<MempoolFile, std::string> read_mempool_file(Bytes bytes) {
  Cursor from{bytes};
  const auto version = from.read_le<std::uint64_t>();
  if (!from.ok()) return Err{std::string{"it ends too early"}};
  if (version == static_cast<std::uint64_t>(FileVersion::Plain)) {
    const std::size_t head = from.position();
    return read_contents(std::move(bytes), head);
  }
  if (version != static_cast<std::uint64_t>(FileVersion::Obfuscated)) {
    return Err{"its version " + std::to_string(version) + " is not known"};
  }
  const std::uint64_t length = from.read_size();
  const ByteView key = from.read_bytes(length == kKeyBytes ? kKeyBytes : 0);
  if (!from.ok() || key.size() != kKeyBytes) return Err{std::string{"its key is damaged"}};
  const std::size_t head = from.position();
  obfuscate(std::span{bytes}.subspan(head), head, key);
  return read_contents(std::move(bytes), head);
}

}  // namespace kepeng::mempool
