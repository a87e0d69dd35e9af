-- A turn that had to wait tells the time by itself, and has nothing to settle.
worker.now, worker.at = clock[1] .. '.' .. string.format('%06d', clock[2]), moment(clock[1], clock[2])
