version=0.2.0
url=https://github.com/bitcoin-core/secp256k1.git
commit=21ffe4b22a9683cf24ae0763359e401d1284cc7a
fetch() { fetch_commit secp256k1; }
unpack() { git -C "$here/sources/secp256k1" archive "$commit" | tar -x -C "$1"; }
build() {
  ./autogen.sh >/dev/null 2>&1
  ./configure --prefix="$PREFIX" --enable-module-recovery --enable-module-schnorrsig --enable-module-extrakeys \
    --enable-module-ecdh --disable-tests --disable-benchmark --disable-exhaustive-tests --disable-shared --with-pic >/dev/null
  make -j "$JOBS" >/dev/null
  make install >/dev/null
}
