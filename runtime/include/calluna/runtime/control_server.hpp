#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace calluna::runtime {

/// Answers local requests over a Unix socket that only its owner can open (mode 0600). A request is
/// a line {"command":"status",...}; its answer a line {"ok":true,...} or
/// {"ok":false,"error":{"kind":"invalid","message":"..."}}. A client may send several, they are
/// answered in order, one at a time.
///
/// Lives on its executor; destroying it closes every connection and removes the socket.
class control_server {
 public:
  /// Takes the answer (an object; `ok` is added) once, on the server's executor; it may do so
  /// later. Dropped without an answer it says so to the client.
  using reply = unique_function<void(result<nlohmann::json>)>;
  using handler = unique_function<void(nlohmann::json const& request, reply answer)>;

  static constexpr std::size_t longest_request = 64 * 1024;
  static constexpr std::size_t most_clients = 16;

  /// Begins to listen. A socket left by a dead process is replaced, missing folders right above it
  /// are made (mode 0700). Errors: `rejected` (another process listens there, told with its pid;
  /// or the path is no socket), `invalid` (path too long), `refused` (no permission; or the folder
  /// belongs to someone else and is not a common one).
  static result<std::unique_ptr<control_server>> listen(io::executor on,
                                                        std::filesystem::path const& socket,
                                                        logger log);
  ~control_server();
  control_server(control_server const&) = delete;
  control_server& operator=(control_server const&) = delete;

  /// From now on `answer` takes the requests for `command`.
  void on(std::string command, handler answer);

  /// Inside a handler: which user sent the request; nothing if the system does not tell.
  std::optional<uid_t> asking() const;

 private:
  class impl;
  explicit control_server(std::shared_ptr<impl> made);
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::runtime
