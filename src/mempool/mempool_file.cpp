// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/mempool/mempool_file.h>

#include <kepeng/base/random.h>

namespace kepeng::mempool {
namespace {

constexpr std::size_t kKeyBytes = 8;

// By the place of each byte in the file.
void obfuscate(std::span<std::uint8_t> bytes, std::size_t at, ByteView key) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] ^= key[(at + i) % key.size()];
}

Txid read_txid(Cursor& from) {
  Txid txid;
  const ByteView bytes = from.read_bytes(txid.bytes.size());
  if (from.ok()) std::copy(bytes.begin(), bytes.end(), txid.bytes.begin());
  return txid;
}

Result<MempoolFile, std::string> read_contents(ByteView bytes) {
  Cursor from{bytes};
  MempoolFile file;
  const auto count = from.read_le<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
    auto tx = read_transaction(from);
    const auto time = from.read_le<std::int64_t>();
    const auto delta = from.read_le<std::int64_t>();
    if (from.ok()) file.transactions.push_back({pack(**tx), {time}, {delta}});
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
    append(bytes, kept.tx->raw());
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

Result<MempoolFile, std::string> read_mempool_file(ByteView bytes) {
  Cursor from{bytes};
  const auto version = from.read_le<std::uint64_t>();
  if (!from.ok()) return Err{std::string{"it ends too early"}};
  if (version == static_cast<std::uint64_t>(FileVersion::Plain)) return read_contents(bytes.subspan(from.position()));
  if (version != static_cast<std::uint64_t>(FileVersion::Obfuscated)) {
    return Err{"its version " + std::to_string(version) + " is not known"};
  }
  const std::uint64_t length = from.read_size();
  const ByteView key = from.read_bytes(length == kKeyBytes ? kKeyBytes : 0);
  if (!from.ok() || key.size() != kKeyBytes) return Err{std::string{"its key is damaged"}};
  const std::size_t head = from.position();
  Bytes plain(bytes.begin() + static_cast<std::ptrdiff_t>(head), bytes.end());
  obfuscate(plain, head, key);
  return read_contents(plain);
}

}  // namespace kepeng::mempool
