// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// PackedTransaction: a transaction at rest, for those who keep very many.
//
// Bytes and ids in one allocation and nothing else: a Transaction is two to three times as large. What is asked of one
// at rest is read from its bytes; whoever works with it unpacks it, which costs no copy of the bytes and no hash.
// Immutable; shared as PackedTxPtr, from any thread.
#pragma once

#include <iterator>
#include <utility>

#include <kepeng/base/reference_count.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng {

class PackedTransaction;

// Shares a PackedTransaction, at the price of one pointer. May be null.
class PackedTxPtr {
 public:
  PackedTxPtr() = default;
  PackedTxPtr(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)
  PackedTxPtr(const PackedTxPtr& other);
  PackedTxPtr(PackedTxPtr&& other) noexcept : packed_{std::exchange(other.packed_, nullptr)} {}
  PackedTxPtr& operator=(PackedTxPtr other) noexcept {
    std::swap(packed_, other.packed_);
    return *this;
  }
  ~PackedTxPtr();

  const PackedTransaction& operator*() const { return *packed_; }
  const PackedTransaction* operator->() const { return packed_; }
  explicit operator bool() const { return packed_ != nullptr; }
  friend bool operator==(const PackedTxPtr&, const PackedTxPtr&) = default;

 private:
  friend PackedTxPtr pack(const Transaction& tx);
  explicit PackedTxPtr(const PackedTransaction* packed) : packed_{packed} {}

  const PackedTransaction* packed_ = nullptr;
};

class PackedTransaction {
 public:
  const Txid txid;
  const Wtxid wtxid;

  ByteView raw() const { return {reinterpret_cast<const std::uint8_t*>(this + 1), raw_size_}; }
  std::uint64_t weight() const { return 3ull * stripped_size_ + raw_size_; }
  std::uint64_t virtual_size() const { return (weight() + 3) / 4; }
  bool has_witness() const { return raw_size_ != stripped_size_; }
  std::uint32_t version() const { return load_le<std::uint32_t>(raw().data()); }

  std::size_t input_count() const { return input_count_; }
  // Every input's prevout, in order: for (const OutPoint& prevout : tx->prevouts()).
  class Prevouts;
  Prevouts prevouts() const;
  // For those who come back to single ones: at the place among the bytes that the iterator told.
  OutPoint prevout_at(std::uint32_t place) const { return read_outpoint(raw().data() + place); }
  std::size_t output_count() const { return output_count_; }
  TxOut output(std::size_t index) const;

  // What one takes of memory: itself and its bytes.
  std::size_t memory_bytes() const { return sizeof(PackedTransaction) + raw_size_; }

 private:
  friend class PackedTxPtr;
  friend PackedTxPtr pack(const Transaction& tx);
  explicit PackedTransaction(const Transaction& tx);
  ~PackedTransaction() = default;
  static void destroy(const PackedTransaction* packed);

  static OutPoint read_outpoint(const std::uint8_t* at) {
    return {Txid::from_bytes(at), load_le<std::uint32_t>(at + 32)};
  }
  // Behind the script that begins here with its length.
  static const std::uint8_t* behind_script(const std::uint8_t* at);
  const std::uint8_t* first_input() const;

  mutable ReferenceCount users_;
  std::uint32_t raw_size_;
  std::uint32_t stripped_size_;
  std::uint32_t input_count_;
  std::uint32_t output_count_;
  std::uint32_t outputs_at_;  // where the first output begins
};

class PackedTransaction::Prevouts {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = OutPoint;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = OutPoint;

    OutPoint operator*() const { return read_outpoint(at_); }
    Iterator& operator++() {
      if (--left_ != 0) at_ = behind_script(at_ + 36) + 4;
      return *this;
    }
    std::uint32_t place() const { return static_cast<std::uint32_t>(at_ - begin_); }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    friend class Prevouts;
    Iterator(const std::uint8_t* begin, const std::uint8_t* at, std::uint32_t left)
        : begin_{begin}, at_{at}, left_{left} {}

    const std::uint8_t* begin_;
    const std::uint8_t* at_;
    std::uint32_t left_;
  };
  Iterator begin() const { return {tx_.raw().data(), tx_.first_input(), tx_.input_count_}; }
  Iterator end() const { return {nullptr, nullptr, 0}; }

 private:
  friend class PackedTransaction;
  explicit Prevouts(const PackedTransaction& tx) : tx_{tx} {}
  const PackedTransaction& tx_;
};

inline PackedTransaction::Prevouts PackedTransaction::prevouts() const {
  return Prevouts{*this};
}

PackedTxPtr pack(const Transaction& tx);
// The same transaction again; it keeps the packed one alive.
TxPtr unpack(const PackedTxPtr& packed);

inline PackedTxPtr::PackedTxPtr(const PackedTxPtr& other) : packed_{other.packed_} {
  if (packed_ != nullptr) packed_->users_.add();
}
inline PackedTxPtr::~PackedTxPtr() {
  if (packed_ != nullptr && packed_->users_.drop()) {
    PackedTransaction::destroy(packed_);
  }
}

}  // namespace kepeng
