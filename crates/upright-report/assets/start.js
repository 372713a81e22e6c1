(async () => {
  try {
    document.querySelectorAll('.player').forEach(player);
    for (const part of document.querySelectorAll('.chart .part')) {
      chart(part, part.closest('.chart').dataset.clock);
      // Lets the page answer between two charts.
      await new Promise((done) => setTimeout(done));
    }
    document.documentElement.dataset.ready = 'true';
  } catch (error) {
    const note = document.createElement('p');
    note.className = 'failure';
    note.textContent = `The charts cannot be shown (${error}). They need a browser of 2023 or later; the `
      + 'tables and the files beside this page hold the same figures.';
    document.querySelector('h1').after(note);
    throw error;
  }
})();
