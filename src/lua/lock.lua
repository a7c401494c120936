-- What the function answers stays Lua's own.
local modules = ...
local pack, unpack = table.pack, table.unpack

for _, space in ipairs({ modules.state, modules.state.shared }) do
  local locked = space.with_lock
  function space.with_lock(name, fn, timeout)
    local results = pack()
    locked(name, function()
      results = pack(fn())
    end, timeout)
    return unpack(results, 1, results.n)
  end
end
