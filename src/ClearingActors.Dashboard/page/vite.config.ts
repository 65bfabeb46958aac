import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    // Everything is a file of its own: the page's policy lets nothing run or show that stands in another file's text.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: {
    // While one works on the page: npm run dev beside a node on its usual port.
    proxy: { '/api': 'http://127.0.0.1:50080', '/live': { target: 'http://127.0.0.1:50080', ws: true } },
  },
});
