# Boost: the headers alone (Asio, Beast and what they need are header-only).
version=1.81.0
url=https://archives.boost.io/release/$version/source/boost_1_81_0.tar.bz2
sha256=71feeed900fbccca04a3b4f2f84a7c217186f28a940ed8b7ed4725986baf99fa
fetch() { fetch_archive "boost-$version.tar.bz2"; }
unpack() { tar -xjf "$here/sources/boost-$version.tar.bz2" -C "$1" --strip-components=1 boost_1_81_0/boost; }
build() { mkdir -p "$PREFIX/include" && cp -r boost "$PREFIX/include/"; }
