#pragma once
#include <calluna/io/executor.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <optional>
#include <string>

namespace calluna::sim {

/// Connects to the server of "agi://host[:4573]/path" within two seconds, as Asterisk does. `done`
/// gets the socket, or nothing; on the executor, never from inside.
void connect_agi(io::executor const& on, std::string const& url,
                 std::function<void(std::optional<boost::asio::ip::tcp::socket>)> done);

}  // namespace calluna::sim
