// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// ChaCha20-Poly1305, Poly1305 and AES by OpenSSL's EVP interface. Algorithms are fetched once per process.
#include <openssl/evp.h>

#include <algorithm>

#include <kepeng/base/assert.h>
#include <kepeng/crypto/aes.h>
#include <kepeng/crypto/chacha20poly1305.h>
#include <kepeng/crypto/poly1305.h>

namespace kepeng::crypto {
namespace {

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, ContextDeleter>;

// OpenSSL fails here for lack of memory or of the algorithm: nothing that a caller could handle.
void must(int result) {
  KP_ASSERT(result == 1);
}

const EVP_CIPHER* fetch_cipher(const char* name) {
  const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  KP_ASSERT(cipher != nullptr);
  return cipher;
}

EVP_MAC* fetch_mac(const char* name) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, name, nullptr);
  KP_ASSERT(mac != nullptr);
  return mac;
}

CipherContext new_context() {
  CipherContext context{EVP_CIPHER_CTX_new()};
  KP_ASSERT(context != nullptr);
  return context;
}

// OpenSSL counts in int; longer inputs go in pieces.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

void update(EVP_CIPHER_CTX* context, ByteView in, std::uint8_t* out) {
  while (!in.empty()) {
    const ByteView piece = in.first(std::min(in.size(), kMostAtOnce));
    int written = 0;
    must(EVP_CipherUpdate(context, out, &written, piece.data(), static_cast<int>(piece.size())));
    if (out != nullptr) out += written;
    in = in.subspan(piece.size());
  }
}

}  // namespace

struct ChaCha20Poly1305::Impl {
  CipherContext context = new_context();
};

ChaCha20Poly1305::ChaCha20Poly1305(const CipherKey& key) : impl_{std::make_unique<Impl>()} {
  static const EVP_CIPHER* const cipher = fetch_cipher("ChaCha20-Poly1305");
  must(EVP_CipherInit_ex(impl_->context.get(), cipher, nullptr, key.data(), nullptr, 1));
}
ChaCha20Poly1305::ChaCha20Poly1305(ChaCha20Poly1305&&) noexcept = default;
ChaCha20Poly1305& ChaCha20Poly1305::operator=(ChaCha20Poly1305&&) noexcept = default;
ChaCha20Poly1305::~ChaCha20Poly1305() = default;

void ChaCha20Poly1305::set_key(const CipherKey& key) {
  must(EVP_CipherInit_ex(impl_->context.get(), nullptr, nullptr, key.data(), nullptr, 1));
}

void ChaCha20Poly1305::encrypt(ByteView plaintext, const AeadContext& context, ByteSpan out) {
  KP_ASSERT(out.size() == plaintext.size() + kTagSize);
  EVP_CIPHER_CTX* const cipher = impl_->context.get();
  must(EVP_CipherInit_ex(cipher, nullptr, nullptr, nullptr, context.nonce.data(), 1));
  update(cipher, context.associated_data, nullptr);
  update(cipher, plaintext, out.data());
  int written = 0;
  must(EVP_CipherFinal_ex(cipher, out.data() + plaintext.size(), &written));
  must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagSize, out.data() + plaintext.size()));
}

bool ChaCha20Poly1305::decrypt(ByteView ciphertext, const AeadContext& context, ByteSpan out) {
  KP_ASSERT(ciphertext.size() >= kTagSize && out.size() == ciphertext.size() - kTagSize);
  EVP_CIPHER_CTX* const cipher = impl_->context.get();
  // Taken before `out`, which may be the same memory, is written.
  PolyTag tag;
  std::copy(ciphertext.end() - kTagSize, ciphertext.end(), tag.begin());
  must(EVP_CipherInit_ex(cipher, nullptr, nullptr, nullptr, context.nonce.data(), 0));
  must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()));
  update(cipher, context.associated_data, nullptr);
  update(cipher, ciphertext.first(out.size()), out.data());
  int written = 0;
  std::uint8_t nothing[kTagSize];
  return EVP_CipherFinal_ex(cipher, nothing, &written) == 1;
}

PolyTag poly1305(const CipherKey& key, ByteView message) {
  static EVP_MAC* const algorithm = fetch_mac("POLY1305");
  const MacContext mac{EVP_MAC_CTX_new(algorithm)};
  KP_ASSERT(mac != nullptr);
  PolyTag tag;
  std::size_t size = 0;
  must(EVP_MAC_init(mac.get(), key.data(), key.size(), nullptr));
  if (!message.empty()) must(EVP_MAC_update(mac.get(), message.data(), message.size()));
  must(EVP_MAC_final(mac.get(), tag.data(), &size, tag.size()));
  KP_ASSERT(size == tag.size());
  return tag;
}

namespace {

enum class Direction { Decrypt = 0, Encrypt = 1 };

AesBlock one_block(const CipherKey& key, const AesBlock& in, Direction direction) {
  static const EVP_CIPHER* const cipher = fetch_cipher("AES-256-ECB");
  const CipherContext context = new_context();
  must(EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), nullptr, static_cast<int>(direction)));
  must(EVP_CIPHER_CTX_set_padding(context.get(), 0));
  AesBlock out;
  update(context.get(), in, out.data());
  return out;
}

std::optional<Bytes> cbc(const AesCbc& how, ByteView in, Direction direction) {
  static const EVP_CIPHER* const cipher = fetch_cipher("AES-256-CBC");
  KP_ASSERT(in.size() <= kMostAtOnce);
  const CipherContext context = new_context();
  must(EVP_CipherInit_ex(context.get(), cipher, nullptr, how.key.data(), how.iv.data(), static_cast<int>(direction)));
  must(EVP_CIPHER_CTX_set_padding(context.get(), how.padding == AesPadding::Pkcs7 ? 1 : 0));
  Bytes out(in.size() + sizeof(AesBlock));
  int written = 0, last = 0;
  if (!in.empty()) must(EVP_CipherUpdate(context.get(), out.data(), &written, in.data(), static_cast<int>(in.size())));
  if (EVP_CipherFinal_ex(context.get(), out.data() + written, &last) != 1) return std::nullopt;
  out.resize(static_cast<std::size_t>(written) + static_cast<std::size_t>(last));
  return out;
}

}  // namespace

AesBlock aes256_encrypt_block(const CipherKey& key, const AesBlock& plaintext) {
  return one_block(key, plaintext, Direction::Encrypt);
}
AesBlock aes256_decrypt_block(const CipherKey& key, const AesBlock& ciphertext) {
  return one_block(key, ciphertext, Direction::Decrypt);
}
std::optional<Bytes> aes256_cbc_encrypt(const AesCbc& how, ByteView plaintext) {
  return cbc(how, plaintext, Direction::Encrypt);
}
std::optional<Bytes> aes256_cbc_decrypt(const AesCbc& how, ByteView ciphertext) {
  return cbc(how, ciphertext, Direction::Decrypt);
}

}  // namespace kepeng::crypto
