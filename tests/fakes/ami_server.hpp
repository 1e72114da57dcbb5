#pragma once
#include "fakes/tls_certificate.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calluna::fakes {

/// One action as the server received it. The first header of a key counts.
struct ami_request {
  std::map<std::string, std::string> headers;
  std::string name() const { return get("Action"); }
  std::string get(std::string const& key) const {
    auto const at = headers.find(key);
    return at == headers.end() ? std::string() : at->second;
  }
  /// "ActionID: ...\r\n", or nothing if the request had none.
  std::string id_line() const;
};

/// A small AMI server on a free loopback port, in a thread of its own. It logs in (MD5 and plain),
/// boots, answers Ping, Logoff, and to all else `Response: Success`; a test scripts the rest. All
/// members may be called from any thread; scripts run in the server's.
class ami_server {
 public:
  /// What a script sees of the connection the request came on.
  class peer {
   public:
    virtual ~peer() = default;
    virtual void send(std::string bytes) = 0;
    virtual void close() = 0;
  };
  using script = std::function<void(peer&, ami_request const&)>;

  struct options {
    std::string user = "calluna", secret = "a secret";
    std::string banner = "Asterisk Call Manager/11.0.0\r\n";
    /// Sent behind the answer to Login; "" for an account without the class `system`, or a PBX that
    /// still boots.
    std::string after_login =
        "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n";
    /// TLS when set.
    std::shared_ptr<tls_certificate> certificate;
    /// The port; 0 takes a free one.
    std::uint16_t port = 0;
    /// Sends in pieces of so many bytes; 0: whole.
    std::size_t piece = 0;
    /// Closes a connection after so many bytes sent on it; 0: never.
    std::size_t cut_after = 0;
  };

  ami_server();
  explicit ami_server(options o);
  ~ami_server();
  ami_server(ami_server const&) = delete;
  ami_server& operator=(ami_server const&) = delete;

  std::uint16_t port() const;
  /// What answers actions called `name` from now on.
  void on(std::string const& name, script s);
  /// Changes the secret that is asked for.
  void set_secret(std::string secret);
  /// To each connection that is logged in.
  void send_to_all(std::string bytes);
  /// Closes every connection, without a word.
  void drop_all();
  /// How many connections were accepted so far.
  std::size_t accepted() const;
  /// How many are logged in now.
  std::size_t logged_in() const;
  /// The names of all actions received, in order.
  std::vector<std::string> received() const;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::fakes
