// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What has been verified already: single signatures, and all scripts of a transaction.
//
// Both are filled when a transaction is admitted to the mempool and asked again when a block brings it; catching up
// uses neither. They are salted, bounded (see salted_set.h) and thread-safe, and they know successes only: a failure
// may be policy, or a witness that somebody else exchanged.
#pragma once

#include <kepeng/primitives/hash.h>
#include <kepeng/script/flags.h>
#include <kepeng/script/script_error.h>
#include <kepeng/script/signature_cache.h>
#include <kepeng/script_cache/salted_set.h>

namespace kepeng::script_cache {

// -maxsigcachesize (32 MiB unless set) is for the two together.
inline constexpr std::uint64_t kDefaultCacheBytes = std::uint64_t{16} << 20;

// The cache that interpreters of all threads share.
class SharedSignatureCache final : public script::SignatureCache {
 public:
  explicit SharedSignatureCache(std::uint64_t bytes_max = kDefaultCacheBytes,
                                const crypto::Hash32& salt = SaltedSet::fresh_salt());

  bool check(const script::SignedMessage& message) override;
  // The halves of it.
  bool contains(const script::SignedMessage& message) const;
  void insert(const script::SignedMessage& message);

  std::uint64_t bytes() const { return set_.bytes(); }

 private:
  crypto::Hash32 member(const script::SignedMessage& message) const;

  SaltedSet set_;
};

// Transactions all of whose inputs verified under exactly these flags. The wtxid commits to witnesses, scriptSigs and,
// through the prevouts, to the coins spent.
class ScriptCache {
 public:
  explicit ScriptCache(std::uint64_t bytes_max = kDefaultCacheBytes,
                       const crypto::Hash32& salt = SaltedSet::fresh_salt());

  struct Key {
    Wtxid wtxid;
    script::Flags flags;
  };
  bool contains(const Key& key) const;
  // Keeps a success, forgets a failure, and passes the verdict on. Call with the verdict over all inputs.
  script::Verdict remember(const Key& key, script::Verdict verdict);

  std::uint64_t bytes() const { return set_.bytes(); }

 private:
  crypto::Hash32 member(const Key& key) const;

  SaltedSet set_;
};

}  // namespace kepeng::script_cache
