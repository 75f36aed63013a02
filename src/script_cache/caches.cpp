// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script_cache/caches.h>

namespace kepeng::script_cache {

SharedSignatureCache::SharedSignatureCache(std::uint64_t bytes_max, const crypto::Hash32& salt)
    : set_{bytes_max, salt} {}

crypto::Hash32 SharedSignatureCache::member(const script::SignedMessage& message) const {
  // The key's length comes first, so that no byte can move between key and signature. Keys have at most 65 bytes where
  // a signature verifies.
  const std::array<std::uint8_t, 2> head{static_cast<std::uint8_t>(message.kind),
                                         static_cast<std::uint8_t>(message.public_key.size())};
  return set_.start()
      .write(head)
      .write(message.message_hash)
      .write(message.public_key)
      .write(message.signature)
      .finalize();
}

bool SharedSignatureCache::check(const script::SignedMessage& message) {
  if (message.public_key.size() > 0xff) return false;
  const crypto::Hash32 identity = member(message);
  if (set_.contains(identity)) return true;
  const bool is_valid = script::verify_signature(message);
  if (is_valid) set_.insert(identity);
  return is_valid;
}

bool SharedSignatureCache::contains(const script::SignedMessage& message) const {
  return message.public_key.size() <= 0xff && set_.contains(member(message));
}

void SharedSignatureCache::insert(const script::SignedMessage& message) {
  if (message.public_key.size() <= 0xff) set_.insert(member(message));
}

ScriptCache::ScriptCache(std::uint64_t bytes_max, const crypto::Hash32& salt) : set_{bytes_max, salt} {}

crypto::Hash32 ScriptCache::member(const Key& key) const {
  std::array<std::uint8_t, 4> flags;
  store_le(flags.data(), key.flags.bits());
  return set_.start().write(key.wtxid.view()).write(flags).finalize();
}

bool ScriptCache::contains(const Key& key) const {
  return set_.contains(member(key));
}

script::Verdict ScriptCache::remember(const Key& key, script::Verdict verdict) {
  if (verdict) set_.insert(member(key));
  return verdict;
}

}  // namespace kepeng::script_cache
