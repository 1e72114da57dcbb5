# Everything comes from Debian packages; docs/architecture.md gives the reason for each.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(LuaJIT REQUIRED)
find_package(PhoneNumber REQUIRED)
find_package(SQLite3 3.35 REQUIRED)
find_package(CppHttplib REQUIRED)
find_program(LUAJIT_PROGRAM luajit REQUIRED)

# Asio: one way of building it for everything that includes it.
add_library(calluna_asio INTERFACE)
target_compile_definitions(calluna_asio INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY
  BOOST_BIND_NO_PLACEHOLDERS BOOST_ALLOW_DEPRECATED_HEADERS)
target_link_libraries(calluna_asio INTERFACE Boost::headers Threads::Threads)
